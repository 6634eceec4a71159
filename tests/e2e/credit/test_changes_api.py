"""The feed of changes over HTTP: in the order of commits, without gaps, each reader its own part."""

import asyncio
from datetime import date

import msgspec
import pytest

from services.contracts.intake import InstitutionChanged, PractitionerChanged
from services.credit.storage import changes
from services.credit.use_cases.read_changes import KINDS, place_changes
from services.kit import outbox
from services.kit.outbox import outgoing
from tests.contract.examples import EXAMPLES

HOSPITAL, OTHER = "H11010500001", "H33010600001"
PHYSICIAN, FARAWAY = "D110105000001", "D330106000001"


async def feed(desk, **query):
    answer = await desk.get("/changes", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everything(desk, **query):
    items, since = [], query.pop("since", None)
    while True:
        page = await feed(desk, **({} if since is None else {"since": since}), **query)
        items += page["items"]
        since = page["next_since"]
        if not page["more"]:
            return items, since


async def state(database, *, keep_open=None, key=HOSPITAL):
    """State a fact in a transaction of its own, which stays open until the event is set; return the fact's id."""
    fact = next(one for one in EXAMPLES if one.TYPE == "credit.institution.rated.v1")
    event = outgoing(msgspec.structs.replace(fact, institution_code=key), now=fact.rated_at)
    async with database.transaction() as session:
        await outbox.add(session, [event])
        if keep_open is not None:
            await keep_open.wait()
    return str(event.id)


async def two_places(desk):
    for code, region, person in ((HOSPITAL, "110105", PHYSICIAN), (OTHER, "330106", FARAWAY)):
        await desk.facts.tell(
            InstitutionChanged(
                institution_code=code,
                kind="hospital",
                level=3,
                region=region,
                active=True,
                agreement_from=date(2020, 1, 1),
            )
        )
        await desk.facts.tell(
            PractitionerChanged(practitioner_code=person, category="physician", institution_codes=(code,), active=True)
        )


async def test_the_feed_tells_each_fact_as_it_was_published_in_order(desk):
    await two_places(desk)
    await desk.facts.score_points(10)
    (published,) = [await desk.facts.rows("select event_id, type, time, payload from outbox order by sequence")]
    page = await feed(desk)
    assert [one["type"] for one in page["items"]] == [
        "credit.institution.rated.v1",
        "credit.sanction.recorded.v1",
        "credit.practitioner.points_recorded.v1",
        "credit.practitioner.suspended.v1",
    ]
    assert [(one["id"], one["type"], one["data"]) for one in page["items"]] == [
        (str(row.event_id), row.type, msgspec.json.decode(row.payload)) for row in published
    ]
    assert page["more"] is False
    assert (await feed(desk, since=page["next_since"]))["items"] == []
    behind_first = await feed(desk, since=page["items"][0]["cursor"])
    assert behind_first["items"] == (await feed(desk, since=page["items"][0]["id"]))["items"] == page["items"][1:]


async def test_a_fact_committed_late_is_never_skipped(desk):
    database = desk.facts.resources.database
    commit = asyncio.Event()
    late = asyncio.create_task(state(database, keep_open=commit))
    await asyncio.sleep(0.1)
    early = await state(database)
    first = await feed(desk)
    # The late one drew the lower number of the outbox, and is not committed yet.
    assert [one["id"] for one in first["items"]] == [early]
    commit.set()
    late_id = await late
    second = await feed(desk, since=first["next_since"])
    assert [one["id"] for one in second["items"]] == [late_id]
    numbers = await desk.facts.rows("select sequence, position from change order by position")
    assert [tuple(row) for row in numbers] == [(2, 1), (1, 2)]


async def test_readers_and_writers_at_once_see_one_order_without_gaps(desk):
    database = desk.facts.resources.database

    async def write(number):
        return [await state(database) for _ in range(number)]

    async def read(seen, done):
        since = None
        while True:
            finished = done.is_set()
            page = await feed(desk, limit=3, **({} if since is None else {"since": since}))
            seen += [one["id"] for one in page["items"]]
            since = page["next_since"]
            if finished and not page["more"]:
                return

    done, one, two = asyncio.Event(), [], []
    readers = [asyncio.create_task(read(seen, done)) for seen in (one, two)]
    written = await asyncio.gather(*(write(8) for _ in range(4)))
    done.set()
    await asyncio.gather(*readers)
    assert one == two
    assert sorted(one) == sorted(one for part in written for one in part)
    assert await desk.facts.rows("select max(position), count(*) from change") == [(32, 32)]


async def test_each_reader_sees_its_own_institution_and_region(desk):
    await two_places(desk)
    await desk.facts.score_points(10)
    (finding,) = await desk.facts.findings(institution_code=OTHER, practitioner_codes=(FARAWAY,))
    del finding
    total, _ = await everything(desk)
    own, _ = await everything(desk, as_=desk.mint.bearer("hospital"))
    far, _ = await everything(desk, as_=desk.mint.bearer("hospital", institution=OTHER))
    assert len(own) == 4
    assert {one["data"].get("practitioner_code", PHYSICIAN) for one in own} == {PHYSICIAN}
    assert [one["data"]["institution_code"] for one in far] == [OTHER]
    assert len(total) == len(own) + len(far)
    zhejiang = desk.mint.bearer("agency_system", region="330000")
    assert (await everything(desk, as_=zhejiang))[0] == far
    assert (await everything(desk, as_=zhejiang, region="110105"))[0] == []
    assert (await everything(desk, region="11"))[0] == own
    person = await desk.get("/changes", as_=desk.mint.bearer("agency_system", practitioner=PHYSICIAN))
    assert (person.status_code, person.json()["code"]) == (403, "other_practitioner")


async def test_kinds_select_and_the_cursor_still_passes_what_was_not_wanted(desk, monkeypatch):
    await two_places(desk)
    await desk.facts.score_points(10)
    wanted = "credit.practitioner.suspended.v1"
    page = await feed(desk, kinds=[wanted])
    assert [one["type"] for one in page["items"]] == [wanted]
    assert page["next_since"] == (await feed(desk))["next_since"]
    unknown = await desk.get("/changes", kinds=["tips.tip.accepted.v1"])
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/kinds/0")
    monkeypatch.setattr(changes, "WINDOW", 1)
    first = await feed(desk, kinds=[wanted])
    # One window held nothing wanted, and the answer says that the feed goes on.
    assert (first["items"], first["more"]) == ([], True)
    assert [one["type"] for one in (await everything(desk, kinds=[wanted]))[0]] == [wanted]


async def test_a_waiting_reader_is_answered_when_something_comes(desk):
    waiting = asyncio.create_task(feed(desk, wait=5))
    await asyncio.sleep(0.1)
    stated = await state(desk.facts.resources.database)
    page = await asyncio.wait_for(waiting, 3)
    assert [one["id"] for one in page["items"]] == [stated]
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await feed(desk, since=page["next_since"], wait=1))["items"] == []
    assert 0.9 < loop.time() - began < 3


@pytest.mark.parametrize(
    ("since", "status", "code"),
    [
        ("rubbish", 422, "cursor_malformed"),
        ("01a2023a-bea1-758d-9568-ab5a333a4264", 404, "event_unknown"),
        ("WzEsImNoYW5nZSIsOTld", 409, "cursor_ahead"),
    ],
)
async def test_a_cursor_that_is_none_is_refused(desk, since, status, code):
    answer = await desk.get("/changes", since=since)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_kinds_are_what_credit_states():
    assert set(KINDS) == {one.TYPE for one in EXAMPLES if one.TYPE.startswith("credit.")}


async def test_placing_is_cheap_when_there_is_nothing_and_whole_when_there_is_much(desk, monkeypatch):
    database = desk.facts.resources.database
    monkeypatch.setattr(changes, "PLACED_AT_ONCE", 2)
    for _ in range(5):
        await state(database)
    await place_changes(database)
    assert await desk.facts.rows("select max(position) from change") == [(5,)]

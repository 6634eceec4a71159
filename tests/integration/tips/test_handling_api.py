"""What handlers can do, who may, and what others hear of it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.kit.testing.clock import FixedClock
from services.kit.testing.spans import capture_spans
from services.tips.storage import handling_log
from services.tips.wiring import Resources
from tests.integration.tips.conftest import HOSPITAL, OTHER_HOSPITAL, Desk, Screening

TO_HOSPITAL = {"institution_code": HOSPITAL}


async def accepted_tip(desk: Desk) -> UUID:
    await desk.report()
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", TO_HOSPITAL)
    return tip_id


async def test_an_acceptance_starts_the_clock_and_is_told_once(desk: Desk):
    await desk.report()
    tip_id = await desk.newest()
    first = await desk.done(tip_id, "acceptance", TO_HOSPITAL)
    assert (first["status"], first["due_on"], first["overdue"]) == ("accepted", "2026-03-31", False)
    assert await desk.done(tip_id, "acceptance", TO_HOSPITAL, by="li") == first
    other = await desk.post(tip_id, "acceptance", {"institution_code": OTHER_HOSPITAL})
    assert (other.status_code, other.json()["code"]) == (409, "wrong_tip_status")
    assert await desk.published("tips.tip.accepted.v1") == [
        {"tip_id": str(tip_id), "institution_code": HOSPITAL, "accepted_at": "2026-03-10T02:00:00Z"}
    ]


async def test_an_extension_is_asked_for_and_granted_once_by_a_supervisor(desk: Desk):
    tip_id = await accepted_tip(desk)
    chief = {"by": "chief", "role": "tip_supervisor"}
    assert (await desk.post(tip_id, "extension", **chief)).json()["code"] == "extension_not_asked"
    await desk.done(tip_id, "extension-request")
    assert (await desk.post(tip_id, "extension")).status_code == 403
    own = await desk.post(tip_id, "extension", by="zhang", role="tip_supervisor")
    assert (own.status_code, own.json()["code"]) == (409, "own_extension")
    first = await desk.done(tip_id, "extension", **chief)
    assert (first["due_on"], first["extended"]) == ("2026-04-22", True)
    assert await desk.done(tip_id, "extension", **chief) == first


async def test_the_queue_filters_by_status_and_by_deadline_and_pages(desk: Desk, clock: FixedClock):
    late = await accepted_tip(desk)
    waiting = []
    for _ in range(3):
        await desk.report()
        waiting.append(str(await desk.newest()))
    clock.advance(timedelta(days=30))
    on_time = await accepted_tip(desk)

    async def queue(query: str) -> dict:
        answer = await desk.client.get(f"/tips/v1/queue?{query}", headers=desk.mint.bearer("tip_handler"))
        assert answer.status_code == 200, answer.text
        return answer.json()

    overdue = {item["tip_id"] for item in (await queue("overdue=true"))["items"]}
    assert overdue == {str(late), *waiting}
    assert [item["tip_id"] for item in (await queue("status=accepted"))["items"]] == [str(late), str(on_time)]
    seen: list[str] = []
    page = await queue("limit=2")
    while True:
        seen += [item["tip_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        page = await queue(f"limit=2&cursor={page['next_cursor']}")
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen)
    wrong = await desk.client.get("/tips/v1/queue?cursor=x", headers=desk.mint.bearer("tip_handler"))
    assert wrong.status_code == 422


async def test_only_handlers_read_the_words(desk: Desk):
    await desk.report("护士长让我们代刷卡", place="三楼病区", identity={"name": "王小明", "phone": "13800000000"})
    tip_id = await desk.newest()
    page = await desk.read(tip_id)
    assert (page["text"], page["place"], page["named"]) == ("护士长让我们代刷卡", "三楼病区", True)
    approver = await desk.read(tip_id, "reward_approver")
    assert (approver["text"], approver["place"], approver["messages"]) == (None, None, None)
    for read in (page, approver):
        assert "王小明" not in str(read)
        assert "13800000000" not in str(read)


@pytest.mark.parametrize("role", ["auditor", "operator", "reviewer", "supervisor", "hospital", "registrar"])
async def test_everybody_else_sees_no_tip_at_all(desk: Desk, role: str):
    await desk.report()
    tip_id = await desk.newest()
    for path in ("/tips/v1/queue", f"/tips/v1/tips/{tip_id}"):
        assert (await desk.client.get(path, headers=desk.mint.bearer(role))).status_code == 403
        assert (await desk.client.get(path)).status_code == 401
    assert (await desk.post(tip_id, "acceptance", TO_HOSPITAL, role=role)).status_code == 403


async def test_handling_and_approving_are_not_one_persons_role(desk: Desk):
    tip_id = await accepted_tip(desk)
    assert (await desk.post(tip_id, "reward-approval", {"amount_fen": 1})).status_code == 403
    assert (await desk.post(tip_id, "extension-request", role="reward_approver")).status_code == 403


async def test_whoever_speaks_for_an_institution_sees_no_tip_even_with_the_scope(desk: Desk):
    await desk.report()
    tip_id = await desk.newest()
    bound = desk.mint.bearer("tip_handler", "reward_approver", institution=HOSPITAL)
    for path in ("/tips/v1/queue", f"/tips/v1/tips/{tip_id}"):
        answer = await desk.client.get(path, headers=bound)
        assert (answer.status_code, answer.json()["code"]) == (403, "tips_are_for_the_agency")
    for step, body in (("acceptance", TO_HOSPITAL), ("reward-approval", {"amount_fen": 1})):
        answer = await desk.client.post(f"/tips/v1/tips/{tip_id}/{step}", json=body, headers=bound)
        assert answer.status_code == 403


async def test_an_unknown_tip_is_not_found(desk: Desk):
    for step, body in (("acceptance", TO_HOSPITAL), ("extension-request", None), ("closing", None)):
        assert (await desk.post(uuid4(), step, body)).status_code == 404


async def test_substantiation_sums_the_findings_of_the_institution(desk: Desk, screening: Screening):
    first, second = await screening.confirm(120_000), await screening.confirm(80_000)
    tip_id = await accepted_tip(desk)
    body = {"finding_ids": [str(first), str(second)]}
    decided = await desk.done(tip_id, "substantiation", body)
    assert (decided["status"], decided["case_value_fen"]) == ("substantiated", 200_000)
    assert await desk.done(tip_id, "substantiation", body) == decided
    assert await desk.done(tip_id, "substantiation", {**body, "case_value_fen": 200_000}) == decided
    changed = await desk.post(tip_id, "substantiation", {"finding_ids": [str(first)]})
    assert (changed.status_code, changed.json()["code"]) == (409, "repeated_otherwise")
    (fact,) = await desk.published("tips.tip.substantiated.v1")
    assert fact == {
        "tip_id": str(tip_id),
        "institution_code": HOSPITAL,
        "finding_ids": sorted([str(first), str(second)]),
        "case_value_fen": 200_000,
        "substantiated_at": "2026-03-10T02:00:00Z",
    }


async def test_a_stated_case_value_stands_beside_the_findings(desk: Desk, screening: Screening):
    finding = await screening.confirm(120_000)
    tip_id = await accepted_tip(desk)
    body = {"finding_ids": [str(finding)], "case_value_fen": 500_000}
    assert (await desk.done(tip_id, "substantiation", body))["case_value_fen"] == 500_000
    ledger = [(entry["cause"], entry["amount_fen"]) for entry in (await desk.read(tip_id))["case_value"]]
    assert ledger == [("finding", 120_000), ("assessment", 380_000)]


async def test_findings_of_others_unknown_or_fallen_are_refused_one_by_one(desk: Desk, screening: Screening):
    good, fallen = await screening.confirm(100), await screening.confirm(100)
    foreign = await screening.confirm(100, institution=OTHER_HOSPITAL)
    await screening.handle([screening.event(screening.overturned(fallen, 100))])
    tip_id = await accepted_tip(desk)
    ids = [str(good), str(fallen), str(foreign), str(uuid4())]
    answer = await desk.post(tip_id, "substantiation", {"finding_ids": ids})
    assert (answer.status_code, answer.json()["code"]) == (409, "findings_unusable")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/finding_ids/1", "finding_fallen"),
        ("/finding_ids/2", "finding_unknown"),
        ("/finding_ids/3", "finding_unknown"),
    ]
    assert (await desk.read(tip_id))["status"] == "accepted"


@pytest.mark.parametrize("body", [{}, {"case_value_fen": 0}, {"finding_ids": [str(UUID(int=1))] * 2}])
async def test_a_substantiation_must_say_what_was_lost(desk: Desk, body):
    tip_id = await accepted_tip(desk)
    assert (await desk.post(tip_id, "substantiation", body)).status_code == 422


async def test_a_tip_is_closed_by_another_than_who_decided_it_and_told_once(desk: Desk):
    tip_id = await accepted_tip(desk)
    await desk.done(tip_id, "unsubstantiation")
    own = await desk.post(tip_id, "closing")
    assert (own.status_code, own.json()["code"]) == (409, "four_eyes")
    closed = await desk.done(tip_id, "closing", by="li")
    assert (closed["status"], closed["outcome"]) == ("closed", "unsubstantiated")
    assert await desk.done(tip_id, "closing", by="li") == closed
    (fact,) = await desk.published("tips.tip.closed.v1")
    assert (fact["outcome"], fact["institution_code"]) == ("unsubstantiated", HOSPITAL)


async def test_a_tip_refused_before_acceptance_is_told_to_nobody(desk: Desk):
    await desk.report()
    tip_id = await desk.newest()
    await desk.done(tip_id, "refusal", {"reason_code": "belongs_to_litigation"})
    assert (await desk.post(tip_id, "refusal", {"reason_code": "outside_jurisdiction"})).status_code == 409
    assert (await desk.post(tip_id, "refusal", {"reason_code": "no mood"})).status_code == 422
    await desk.done(tip_id, "closing", by="li")
    assert await desk.admin.fetchval("select count(*) from outbox") == 0


async def test_one_trace_runs_from_the_acceptance_to_the_closing(desk: Desk):
    with capture_spans() as captured:
        tip_id = await accepted_tip(desk)
        await desk.done(tip_id, "substantiation", {"case_value_fen": 100_000})
        await desk.done(tip_id, "closing", by="li")
    rows = await desk.admin.fetch("select traceparent from outbox order by sequence")
    traces = {row["traceparent"].split("-")[1] for row in rows}
    assert len(rows) == 3
    assert len(traces) == 1
    assert {f"{span.context.trace_id:032x}" for span in captured.spans()} == traces
    assert {span.name for span in captured.spans()} == {"tips.accept", "tips.substantiate", "tips.close"}


async def test_every_step_is_in_the_log_and_an_altered_row_is_found(desk: Desk, resources: Resources):
    tip_id = await accepted_tip(desk)
    await desk.done(tip_id, "extension-request")
    await desk.done(tip_id, "substantiation", {"case_value_fen": 100_000})
    await desk.done(tip_id, "closing", by="li")
    log = (await desk.read(tip_id))["log"]
    assert [(row["position"], row["actor"], row["action"]) for row in log] == [
        (1, "reporter", "received"),
        (2, "zhang", "accepted"),
        (3, "zhang", "extension_asked"),
        (4, "zhang", "substantiated"),
        (5, "li", "closed"),
    ]
    assert log[0]["at"] == "2026-03-09T16:00:00Z"  # midnight in Shanghai, whenever it came
    async with resources.database.reading() as session:
        assert await handling_log.verify(session) is None
    await desk.admin.execute("alter table handling_log disable trigger append_only")
    await desk.admin.execute("update handling_log set actor = 'wang' where position = 3")
    async with resources.database.reading() as session:
        assert await handling_log.verify(session) == 3
    await desk.admin.execute("update handling_log set actor = 'zhang' where position = 3")
    await desk.admin.execute("delete from handling_log where position = 4")
    async with resources.database.reading() as session:
        assert await handling_log.verify(session) == 4


@pytest.mark.parametrize(
    "change", ["update handling_log set actor = 'x'", "delete from handling_log", "truncate handling_log"]
)
async def test_the_log_cannot_be_changed_by_the_service(desk: Desk, resources: Resources, change: str):
    await desk.report()
    connection = await resources.database.dedicated_connection()
    try:
        with pytest.raises(Exception, match="append-only"):
            await connection.execute(change)
    finally:
        await connection.close()
    assert await desk.admin.fetchval("select count(*) from handling_log") == 1

"""Review of findings over HTTP: who may decide what, once, and what the others then see."""

import asyncio

import asyncpg
import pytest

from services.kit.db import connection_arguments
from services.kit.testing.spans import capture_spans
from services.screening import wiring

HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
MEN_ONLY = "XG04CXF014A001010101001"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
FINDINGS = "/screening/v1/findings"


@pytest.fixture
def decide(client, mint, finding_id):
    async def send(what, *, by="reviewer-1", role="reviewer", reason="核实", **body):
        return await client.post(
            f"{FINDINGS}/{finding_id}/{what}",
            json={"reason": reason, **body},
            headers=mint.bearer(role, subject=by),
        )

    return send


async def test_a_finding_is_confirmed_whole_unless_an_amount_is_given(decide, published):
    answer = await decide("confirmation")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["amount_upheld_fen"], body["decided"]["by"]) == ("confirmed", 10_000, "reviewer-1")
    [fact] = await published("screening.finding.confirmed.v1")
    assert (fact["amount_fen"], fact["practitioner_codes"]) == (10_000, ["D110105000001"])


async def test_part_of_the_amount_can_be_upheld_and_no_more_than_the_whole(decide):
    too_much = await decide("confirmation", amount_fen=10_001)
    assert (too_much.status_code, too_much.json()["code"]) == (422, "amount_out_of_range")
    assert too_much.json()["errors"][0]["pointer"] == "/amount_fen"
    assert (await decide("confirmation", amount_fen=9_999)).json()["amount_upheld_fen"] == 9_999


async def test_the_same_decision_again_answers_the_same_and_states_nothing_new(decide, clock, published):
    first = await decide("confirmation")
    clock.instant = clock.instant.replace(minute=30)
    again = await decide("confirmation")
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(await published("screening.finding.confirmed.v1")) == 1


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("dismissal", {}),
        ("confirmation", {"reason": "另一理由"}),
        ("confirmation", {"amount_fen": 1}),
        ("confirmation", {"by": "reviewer-2"}),
    ],
)
async def test_another_decision_after_the_first_is_a_conflict(decide, what, change):
    await decide("confirmation")
    answer = await decide(what, **change)
    assert (answer.status_code, answer.json()["code"]) == (409, "finding_status")


async def test_only_a_confirmed_finding_is_overturned_and_by_another_person(decide, published):
    early = await decide("overturning", by="chief-1", role="supervisor")
    assert early.status_code == 409
    await decide("confirmation", by="chief-1", role="supervisor", amount_fen=7_000)
    same = await decide("overturning", by="chief-1", role="supervisor")
    assert (same.status_code, same.json()["code"]) == (403, "same_person")
    assert (await decide("overturning", by="reviewer-2")).status_code == 403
    first = await decide("overturning", by="chief-2", role="supervisor", reason="复查不成立")
    again = await decide("overturning", by="chief-2", role="supervisor", reason="复查不成立")
    assert first.json() == again.json()
    assert (first.json()["status"], first.json()["overturned"]["by"]) == ("overturned", "chief-2")
    [fact] = await published("screening.finding.overturned.v1")
    assert fact["amount_fen"] == 7_000


async def test_who_raised_a_finding_does_not_decide_it(decide, admin):
    answer = await decide("confirmation", by="system")
    assert (answer.status_code, answer.json()["code"]) == (403, "same_person")
    assert await admin.fetchval("select status from finding") == "raised"


async def test_two_reviewers_at_once_give_one_outcome(decide, published, admin, database_url):
    # Another transaction holds the finding until both reviewers wait for it, so that they truly meet.
    holder = await asyncpg.connect(**connection_arguments(database_url))
    async with holder.transaction():
        await holder.execute("select 1 from screening.finding for update")
        meeting = asyncio.gather(decide("confirmation", by="reviewer-1"), decide("dismissal", by="reviewer-2"))
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        while await admin.fetchval(waiting) < 2:
            await asyncio.sleep(0.01)
    answers = await meeting
    await holder.close()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    facts = [*await published("screening.finding.confirmed.v1"), *await published("screening.finding.dismissed.v1")]
    assert len(facts) == 1
    assert await admin.fetchval("select count(*) from finding_event") == 2


async def test_an_institution_reads_its_own_findings_only(client, mint, resources, claims, finding_id):
    await wiring.build_screen_settlements(resources)([claims.accepted(MEN_ONLY, institution=OTHER_HOSPITAL)])
    own, foreign = mint.bearer("hospital"), mint.bearer("hospital", institution=OTHER_HOSPITAL)
    listed = (await client.get(FINDINGS, headers=own)).json()["items"]
    assert [item["institution_code"] for item in listed] == [HOSPITAL]
    assert (await client.get(f"{FINDINGS}/{finding_id}", headers=own)).status_code == 200
    for path in (
        f"{FINDINGS}/{finding_id}",
        f"{FINDINGS}?institution={HOSPITAL}",
        f"/screening/v1/settlements/{listed[0]['settlement_ref']}/screening",
        f"/screening/v1/statistics/findings?institution={HOSPITAL}",
    ):
        answer = await client.get(path, headers=foreign)
        assert (answer.status_code, answer.json()["code"]) == (403, "other_institution")
    counts = (await client.get("/screening/v1/statistics/findings", headers=own)).json()["items"]
    assert [(item["findings"], item["amount_at_issue_fen"]) for item in counts] == [(1, 10_000)]


async def test_an_institution_decides_nothing_even_with_a_reviewers_role(client, mint, finding_id, admin):
    answer = await client.post(
        f"{FINDINGS}/{finding_id}/dismissal", json={"reason": "x"}, headers=mint.bearer("hospital", "reviewer")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "institution_decides")
    assert await admin.fetchval("select status from finding") == "raised"


async def test_a_finding_shows_evidence_life_and_the_language_asked_for(client, mint, finding_id):
    reader = mint.bearer("auditor")
    chinese = (await client.get(f"{FINDINGS}/{finding_id}", headers=reader)).json()
    english = (await client.get(f"{FINDINGS}/{finding_id}", headers={**reader, "Accept-Language": "en"})).json()
    assert chinese["text"] != english["text"]
    assert english["text"] == "line 1: 男性用药 is for male patients only."
    assert set(chinese["evidence"]) == {"prior", "values", "related_lines"}
    assert [step["status"] for step in chinese["life"]] == ["raised"]
    screening = await client.get(f"/screening/v1/settlements/{chinese['settlement_ref']}/screening", headers=reader)
    assert screening.json()["verdict"] == "refuse"
    assert [item["finding_id"] for item in screening.json()["findings"]] == [str(finding_id)]


async def test_findings_are_listed_newest_first_page_by_page_and_by_filter(client, mint, resources, claims):
    batch = [claims.accepted(MEN_ONLY) for _ in range(5)]
    await wiring.build_screen_settlements(resources)(batch)
    reader = mint.bearer("auditor")
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(FINDINGS, params=query, headers=reader)).json()
        seen += [item["settlement_ref"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(claim.data.settlement_ref) for claim in reversed(batch)]
    for query, expected in [
        ({"settlement": seen[0]}, 1),
        ({"practitioner": "D110105000001"}, 5),
        ({"practitioner": "D110105000002"}, 0),
        ({"status": "confirmed"}, 0),
        ({"rule": "GZ10000201001000", "status": "raised", "institution": HOSPITAL}, 5),
        ({"under_tip": True}, 0),
        ({"under_tip": False}, 5),
    ]:
        page = (await client.get(FINDINGS, params=query, headers=reader)).json()
        assert len(page["items"]) == expected, query
    assert (await client.get(FINDINGS, params={"cursor": "x"}, headers=reader)).status_code == 422


async def test_many_decisions_are_answered_one_by_one(client, mint, resources, claims, admin, published):
    await wiring.build_screen_settlements(resources)([claims.accepted(MEN_ONLY) for _ in range(3)])
    first, second, third = [str(row[0]) for row in await admin.fetch("select id from finding order by id")]
    unknown = "0190b2f0-0000-7000-8000-000000000000"
    decisions = [
        {"finding_id": third, "decision": "confirm", "reason": "a", "amount_fen": 5},
        {"finding_id": unknown, "decision": "confirm", "reason": "a"},
        {"finding_id": first, "decision": "dismiss", "reason": "b"},
        {"finding_id": first, "decision": "confirm", "reason": "c"},
        {"finding_id": second, "decision": "confirm", "reason": "a", "amount_fen": 10_001},
    ]
    headers = mint.bearer("reviewer")
    answer = await client.post(f"{FINDINGS}/decisions", json={"decisions": decisions}, headers=headers)
    items = answer.json()["items"]
    assert [(item["http_status"], item["status"]) for item in items] == [
        (200, "confirmed"),
        (404, None),
        (200, "dismissed"),
        (409, "dismissed"),
        (422, "raised"),
    ]
    assert [fact["finding_id"] for fact in await published("screening.finding.confirmed.v1")] == [third]
    again = await client.post(f"{FINDINGS}/decisions", json={"decisions": decisions[:1]}, headers=headers)
    assert again.json()["items"] == items[:1]
    too_many = {"decisions": [decisions[0]] * 501}
    assert (await client.post(f"{FINDINGS}/decisions", json=too_many, headers=headers)).status_code == 422
    overturn = {"decisions": [{**decisions[0], "decision": "overturn"}]}
    assert (await client.post(f"{FINDINGS}/decisions", json=overturn, headers=headers)).status_code == 422


async def test_a_decision_goes_on_in_the_trace_of_its_settlement_and_links_to_the_request(decide, published):
    with capture_spans() as captured:
        answer = await decide("confirmation")
    assert answer.status_code == 200
    [span] = captured.spans("screening.finding.confirm")
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    [fact] = await published("screening.finding.confirmed.v1")
    assert fact["traceparent"] == f"00-{TRACE_ID}-{span.context.span_id:016x}-01"
    [link] = span.links
    requests = {record.context.trace_id for record in captured.spans()} - {span.context.trace_id}
    assert {link.context.trace_id} == requests

"""The register over HTTP: decided, read, explained, undone, and open only to whom it concerns."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from services.kit.ids import new_id
from services.kit.paging import encode_cursor

HOSPITAL, OTHER_HOSPITAL = "H11010500001", "H11010500002"
PHYSICIAN, OTHER_PHYSICIAN = "D110105000001", "D110105000002"


@pytest.fixture
async def finding(desk):
    await desk.facts.register(PHYSICIAN)
    await desk.facts.register(OTHER_PHYSICIAN, institution=OTHER_HOSPITAL)
    (confirmed,) = await desk.facts.findings()
    return confirmed


async def test_a_sanction_is_created_then_repeated_then_refused_when_altered(desk, finding, sanction_body):
    body = sanction_body(new_id(), finding)
    created = await desk.post("/sanctions", body)
    assert created.status_code == 201
    assert created.json()["entries"][0]["points"] == 12
    assert created.json()["kind_text"] == "行政处罚：条例第四十条"
    repeated = await desk.post("/sanctions", body)
    assert (repeated.status_code, repeated.json()) == (200, created.json())
    altered = await desk.post("/sanctions", {**body, "document_number": "医保罚〔2026〕2号"})
    assert (altered.status_code, altered.json()["code"]) == (409, "sanction_differs")


async def test_a_sanction_on_an_unknown_finding_is_refused_with_a_pointer(desk, finding, sanction_body):
    answer = await desk.post("/sanctions", sanction_body(new_id(), new_id()))
    assert (answer.status_code, answer.json()["code"]) == (409, "finding_not_confirmed")
    assert answer.json()["errors"][0]["pointer"] == "/persons/0/violations/0/finding_ids/0"
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "change",
    [
        {"institution_code": "X1"},
        {"sanction_id": "one"},
        {"decided_on": "yesterday"},
        {"decided_on": "2026-03-11"},
        {"kind": "scolding"},
        {"kind": "liquidated_damages"},
        {"deciding_authority": "a\u0000b"},
        {"persons": [{"practitioner_code": PHYSICIAN, "violations": []}]},
        {"surprise": 1},
    ],
)
async def test_a_malformed_sanction_is_422_and_nothing_is_stored(desk, finding, sanction_body, change):
    answer = await desk.post("/sanctions", {**sanction_body(new_id(), finding), **change})
    assert answer.status_code == 422
    assert await desk.facts.number("select count(*) from sanction") == 0


async def test_the_file_of_a_person_shows_both_entries_after_an_overturn(desk, finding, sanction_body):
    await desk.post("/sanctions", sanction_body(new_id(), finding))
    suspended = (await desk.get(f"/practitioners/{PHYSICIAN}")).json()
    assert (suspended["points"], suspended["status"], suspended["status_text"]) == (12, "terminated", "终止")
    assert suspended["until"] == "2029-03-10T02:00:00Z"
    desk.facts.clock.advance(timedelta(days=1))
    await desk.facts.tell(desk.facts.overturning(finding))
    file = (await desk.get(f"/practitioners/{PHYSICIAN}", headers={"Accept-Language": "en"})).json()
    assert (file["points"], file["status"], file["until"], file["status_text"]) == (0, "eligible", None, "Eligible")
    original, counter = file["entries"]
    assert (original["points"], original["countered"]) == (12, True)
    assert (counter["points"], counter["counters_entry_id"]) == (-12, original["entry_id"])
    assert (counter["cause_kind"], counter["cause_id"]) == ("finding_overturned", str(finding))
    assert counter["reason"] == "The finding it rested on was overturned"
    assert original["article"] == "医保发〔2024〕23号 记分10-12分（一）"


async def test_any_past_instant_is_recomputed_from_the_ledger(desk, finding, sanction_body):
    await desk.post("/sanctions", sanction_body(new_id(), finding, cause="impersonation"))
    moments = {"2026-03-10T09:59:59+08:00": 0, "2026-03-10T10:00:00+08:00": 9, "2027-01-01T00:00:00+08:00": 0}
    for moment, points in moments.items():
        assert (await desk.get(f"/practitioners/{PHYSICIAN}", at=moment)).json()["points"] == points
    desk.facts.clock.advance(timedelta(days=1))
    await desk.facts.tell(desk.facts.overturning(finding))
    moment = "2026-03-10T12:00:00+08:00"
    now = (await desk.get(f"/practitioners/{PHYSICIAN}", at=moment)).json()
    then = (await desk.get(f"/practitioners/{PHYSICIAN}", at=moment, known_at=moment)).json()
    assert (now["points"], now["status"]) == (0, "eligible")
    assert (then["points"], then["status"], len(then["entries"])) == (9, "suspended", 1)


async def test_eligibility_changes_at_exactly_the_measures_instants(desk, finding, sanction_body):
    await desk.post("/sanctions", sanction_body(new_id(), finding, cause="impersonation"))
    moments = {
        "2026-03-10T09:59:59.999999+08:00": (True, "eligible"),
        "2026-03-10T10:00:00+08:00": (False, "suspended"),
        "2026-04-10T09:59:59.999999+08:00": (False, "suspended"),
        "2026-04-10T10:00:00+08:00": (True, "eligible"),
    }
    for moment, expected in moments.items():
        answer = (await desk.get("/eligibility", practitioner=PHYSICIAN, at=moment)).json()
        assert (answer["eligible"], answer["status"]) == expected
    now = (await desk.get("/eligibility", practitioner=PHYSICIAN)).json()
    assert (now["until"], now["measure_kind"], now["emergency_excepted"]) == (
        "2026-04-10T02:00:00Z",
        "suspension",
        True,
    )


async def test_bulk_eligibility_answers_in_the_order_asked_and_knows_the_unregistered(desk, finding, sanction_body):
    await desk.post("/sanctions", sanction_body(new_id(), finding))
    asked = ["D999999999999", PHYSICIAN, OTHER_PHYSICIAN]
    answer = await desk.post("/eligibility/bulk", {"practitioner_codes": asked})
    assert [(one["practitioner_code"], one["eligible"], one["status"]) for one in answer.json()["items"]] == [
        (asked[0], False, "unknown"),
        (asked[1], False, "terminated"),
        (asked[2], True, "eligible"),
    ]
    assert (await desk.post("/eligibility/bulk", {"practitioner_codes": []})).status_code == 422


async def test_practitioners_are_listed_by_status_page_by_page(desk, finding, sanction_body):
    await desk.post("/sanctions", sanction_body(new_id(), finding, cause="impersonation"))
    first = (await desk.get("/practitioners", limit=1)).json()
    second = (await desk.get("/practitioners", limit=1, cursor=first["next_cursor"])).json()
    assert [page["items"][0]["practitioner_code"] for page in (first, second)] == [PHYSICIAN, OTHER_PHYSICIAN]
    assert second["next_cursor"] is None
    for status, codes in {"suspended": [PHYSICIAN], "eligible": [OTHER_PHYSICIAN], "terminated": []}.items():
        listed = (await desk.get("/practitioners", status=status)).json()["items"]
        assert [one["practitioner_code"] for one in listed] == codes
    assert (await desk.get("/practitioners", cursor="rubbish")).status_code == 422


async def test_every_point_of_a_score_is_explained(desk, finding):
    await desk.facts.tell(desk.facts.tip(new_id(), 1_000_000))
    score = (await desk.get(f"/institutions/{HOSPITAL}", limit=1)).json()
    assert (score["score_e2"], score["tier"], score["tier_text"]) == (9_650, "excellent", "优秀")
    assert (score["base_e2"], score["policy_version"], score["year"]) == (10_000, "national-2024", 2026)
    (entry,) = score["entries"]
    assert (entry["delta_e2"], entry["explanation"]) == (-50, "疑点经审核确认（A01，明确违规）")
    rest = (await desk.get(f"/institutions/{HOSPITAL}", limit=1, cursor=score["next_cursor"])).json()
    assert (rest["entries"][0]["cause"], rest["next_cursor"]) == ("tip_substantiated", None)
    listed = (await desk.get("/institutions")).json()["items"]
    assert [(one["institution_code"], one["score_e2"]) for one in listed] == [
        (HOSPITAL, 9_650),
        (OTHER_HOSPITAL, 10_000),
    ]


async def test_proposals_are_the_confirmed_findings_nobody_was_scored_for(desk, finding, sanction_body):
    (later,) = await desk.facts.findings()
    listed = (await desk.get("/proposals", institution=HOSPITAL, limit=1)).json()
    assert [one["finding_id"] for one in listed["items"]] == [str(finding)]
    rest = (await desk.get("/proposals", cursor=listed["next_cursor"])).json()
    assert [one["finding_id"] for one in rest["items"]] == [str(later)]
    await desk.post("/sanctions", sanction_body(new_id(), finding))
    await desk.facts.tell(desk.facts.overturning(later))
    assert (await desk.get("/proposals")).json()["items"] == []


async def test_an_institution_sees_only_itself_and_its_own_staff(desk, finding, sanction_body):
    await desk.post("/sanctions", sanction_body(sanction_id := new_id(), finding))
    own, other = (desk.mint.bearer("hospital", institution=code) for code in (HOSPITAL, OTHER_HOSPITAL))
    for path in (f"/practitioners/{PHYSICIAN}", f"/institutions/{HOSPITAL}", f"/sanctions/{sanction_id}"):
        assert (await desk.get(path, as_=own)).status_code == 200
        refused = await desk.get(path, as_=other)
        assert (refused.status_code, refused.json()["code"]) == (403, "other_institution")
    assert (await desk.get("/eligibility", as_=own, practitioner=PHYSICIAN)).status_code == 200
    assert (await desk.get("/eligibility", as_=other, practitioner=PHYSICIAN)).status_code == 403
    mixed = {"practitioner_codes": [OTHER_PHYSICIAN, PHYSICIAN]}
    assert (await desk.post("/eligibility/bulk", mixed, as_=other)).status_code == 403
    assert (await desk.get("/practitioners", as_=other, institution=HOSPITAL)).status_code == 403
    staff = (await desk.get("/practitioners", as_=other)).json()["items"]
    assert [one["practitioner_code"] for one in staff] == [OTHER_PHYSICIAN]
    listed = (await desk.get("/institutions", as_=other)).json()["items"]
    assert [one["institution_code"] for one in listed] == [OTHER_HOSPITAL]
    assert (await desk.get("/proposals", as_=own)).status_code == 403
    assert (await desk.post("/sanctions", sanction_body(new_id(), finding), as_=own)).status_code == 403


async def test_a_person_reads_only_the_own_file(desk, finding, sanction_body):
    await desk.post("/sanctions", sanction_body(sanction_id := new_id(), finding))
    person = desk.mint.bearer(scopes=["standing:read", "ratings:read"], practitioner=PHYSICIAN)
    assert (await desk.get(f"/practitioners/{PHYSICIAN}", as_=person)).json()["points"] == 12
    assert (await desk.get("/eligibility", as_=person, practitioner=PHYSICIAN)).status_code == 200
    for path in (
        f"/practitioners/{OTHER_PHYSICIAN}",
        "/practitioners",
        f"/institutions/{HOSPITAL}",
        "/institutions",
        f"/sanctions/{sanction_id}",
        f"/eligibility?practitioner={quote(OTHER_PHYSICIAN)}",
    ):
        refused = await desk.client.get(f"/credit/v1{path}", headers=person)
        assert (refused.status_code, refused.json()["code"]) == (403, "other_practitioner"), path


async def test_unknown_things_are_not_found(desk, finding):
    for path, code in {
        "/practitioners/D999999999999": "practitioner_unknown",
        "/institutions/H99999999999": "institution_unknown",
        f"/sanctions/{new_id()}": "sanction_unknown",
    }.items():
        answer = await desk.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize("at", ["2026-03-10T10:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+08:00", "now"])
async def test_an_instant_that_is_none_is_malformed(desk, finding, at):
    assert (await desk.get("/eligibility", practitioner=PHYSICIAN, at=at)).status_code == 422
    assert (await desk.get(f"/practitioners/{PHYSICIAN}", at=at)).status_code == 422


@pytest.mark.parametrize("path", ["/practitioners", "/institutions", f"/institutions/{HOSPITAL}", "/proposals"])
@pytest.mark.parametrize("key", ["\x00", "x' or 1=1", "9" * 40])
async def test_a_forged_cursor_is_malformed(desk, finding, path, key):
    answer = await desk.get(path, cursor=encode_cursor(key))
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_malformed")

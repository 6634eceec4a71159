"""The yearly rating over HTTP: previewed, public, contested, final, explained, recomputed, undone with its ground."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.contracts.intake import InstitutionChanged
from services.contracts.screening import SettlementScreened
from services.kit.ids import new_id
from tests.integration.credit.service import sanction_of

HOSPITAL, OTHER, YOUNG, GONE = "H11010500001", "H11010500002", "H11010500003", "H11010500004"
PHYSICIAN = "D110105000001"
LAST_YEAR = datetime(2025, 6, 1, 2, tzinfo=UTC)
REGION = {"year": 2025, "region": "110105"}


async def institution(desk, code, since=date(2020, 1, 1), *, active=True, region="110105", level=3):
    await desk.facts.tell(
        InstitutionChanged(
            institution_code=code, kind="hospital", level=level, region=region, active=active, agreement_from=since
        )
    )


async def screened(desk, number, code=HOSPITAL, at=LAST_YEAR):
    facts = [
        SettlementScreened(
            settlement_ref=new_id(),
            settlement_id=f"s{place}",
            institution_code=code,
            rulebook_version="r",
            verdict="pass",
            screened_at=at,
        )
        for place in range(number)
    ]
    await desk.facts.tell(*facts)


@pytest.fixture
async def county(desk):
    await institution(desk, HOSPITAL)
    await institution(desk, OTHER)
    await institution(desk, YOUNG, since=date(2025, 7, 2))
    await institution(desk, GONE, active=False)
    return desk


async def confirmed(desk, number=1, **fields):
    return await desk.facts.findings(number, confirmed_at=LAST_YEAR, **fields)


async def step(desk, name, **changes):
    return await desk.post(f"/ratings/{name}", {**REGION, **changes})


async def file_of(desk, code=HOSPITAL, **options):
    return (await desk.get(f"/ratings/{code}/2025", **options)).json()


async def record(desk, metric, quantity=1, *, code=HOSPITAL, case="检查1", on="2025-05-01", **changes):
    body = {
        "record_id": str(new_id()),
        "institution_code": code,
        "metric": metric,
        "quantity": quantity,
        "case_key": case,
        "occurred_on": on,
        "document_number": "医保检〔2025〕1号",
        **changes,
    }
    return await desk.post("/rating-records", body)


def change_of(explained, indicator):
    return next(one["change_e2"] for one in explained["lines"] if one["indicator"] == indicator)


async def until_final(desk):
    assert (await step(desk, "publications")).status_code == 200
    desk.facts.clock.advance(timedelta(days=15))
    return (await step(desk, "conclusions")).json()["outcome"]


async def test_a_preview_rates_who_is_to_be_rated_and_gives_the_others_a_reason(county):
    outcome = (await step(county, "previews")).json()
    assert outcome["outcome"] == {"left_out": 2, "previewed": 2}
    assert (await step(county, "previews")).json()["outcome"] == {"unchanged": 4}
    rated, young, gone = [await file_of(county, code) for code in (HOSPITAL, YOUNG, GONE)]
    assert (rated["state"], rated["score_e2"], rated["grade"], rated["grade_text"]) == (
        "preview",
        10_000,
        "excellent",
        "优秀",
    )
    assert rated["policy_version"] == "rating-national-2025"
    assert (young["state"], young["acts"][0]["reason"], young["explained"]) == ("not_rated", "new_institution", None)
    assert gone["acts"][0]["reason"] == "agreement_ended"
    await institution(county, YOUNG, since=date(2025, 7, 1))
    assert (await step(county, "previews")).json()["outcome"] == {"previewed": 1, "unchanged": 3}


async def test_a_running_year_is_not_rated_but_recomputed_dry(county):
    refused = await step(county, "previews", year=2026)
    assert (refused.status_code, refused.json()["code"]) == (409, "year_not_over")
    await county.facts.findings(1)
    dry = (await county.get(f"/ratings/{HOSPITAL}/2026/recomputation")).json()
    assert (dry["explained"]["score_e2"], dry["stored_score_e2"], dry["same"]) == (9_600, None, None)
    assert (await county.get(f"/ratings/{HOSPITAL}/2026")).status_code == 404


async def test_every_point_names_indicator_evidence_article_and_version(county):
    finding, same_case = await confirmed(county, 2, amount_fen=100_000, settlement_ref=new_id())
    await screened(county, 10, at=LAST_YEAR)
    await step(county, "previews")
    file = await file_of(county)
    explained = file["explained"]
    line = next(one for one in explained["lines"] if one["indicator"] == "violation_rate")
    assert explained["settlements"] == 10
    # One case below the least volume of 1,000 settlements is ten cases in 10,000.
    assert (line["number"], line["change_e2"], line["method"]) == (1_000, -400, "step")
    assert sorted(line["evidence_ids"]) == sorted([str(finding), str(same_case)])
    assert line["indicator_text"] == "明确违规（每万笔结算的案数）"
    assert "第三十三条" in line["article"]
    assert line["policy_version"] == "rating-national-2025"
    assert change_of(explained, "violation_amount") == -50
    assert (
        file["score_e2"]
        == 10_000 - 400 - 50
        == explained["base_e2"] + sum(one["change_e2"] for one in explained["dimensions"])
    )
    assert file["reproduced"] is True
    english = await file_of(county, headers={"Accept-Language": "en"})
    assert (english["grade_text"], english["state_text"]) == ("Excellent", "Preview")


async def test_volume_makes_the_same_case_lighter(county):
    await confirmed(county)
    await screened(county, 1_001)
    await screened(county, 5, at=datetime(2024, 12, 31, 15, 59, tzinfo=UTC))
    await step(county, "previews")
    explained = (await file_of(county))["explained"]
    assert explained["settlements"] == 1_001
    assert change_of(explained, "violation_rate") == -200


async def test_an_overturned_finding_leaves_a_rating_that_is_not_final_at_once(county):
    (finding,) = await confirmed(county)
    await step(county, "previews")
    assert (await file_of(county))["score_e2"] == 9_600
    await step(county, "publications")
    await county.facts.tell(county.facts.overturning(finding))
    file = await file_of(county)
    assert (file["score_e2"], file["state"]) == (10_000, "publicity")
    assert [act["act"] for act in file["acts"]] == ["previewed", "published", "recomputed"]
    assert (file["acts"][-1]["acted_by"], file["due_on"]) == ("finding_overturned", "2026-03-17")


async def test_an_end_after_the_conclusion_is_a_recorded_correction_once(county):
    first, second = await confirmed(county, 2)
    await step(county, "previews")
    assert await until_final(county) == {"concluded": 2}
    await county.facts.tell(county.facts.withdrawal(first))
    await county.facts.tell(county.facts.withdrawal(first))
    file = await file_of(county)
    assert [act["act"] for act in file["acts"]] == ["previewed", "published", "concluded", "corrected"]
    assert (file["state"], file["score_e2"], file["reproduced"]) == ("final", 9_600, True)
    await county.facts.tell(county.facts.overturning(second))
    assert (await file_of(county))["score_e2"] == 10_000
    other = await file_of(county, OTHER)
    assert [act["act"] for act in other["acts"]] == ["previewed", "published", "concluded"]


async def test_what_comes_late_against_a_final_rating_does_not_move_it(county):
    await step(county, "previews")
    await until_final(county)
    await confirmed(county, 3)
    await record(county, "self_check:concealed")
    file = await file_of(county)
    assert (file["score_e2"], len(file["acts"])) == (10_000, 3)


async def test_a_sanction_and_its_points_count_and_fall_with_their_finding(county):
    await county.facts.register(PHYSICIAN)
    await institution(county, HOSPITAL)
    (finding,) = await confirmed(county, amount_fen=0)
    await step(county, "previews")
    await county.facts.sanction(sanction_of(6, finding, decided_on=date(2025, 12, 31)))
    explained = (await file_of(county))["explained"]
    assert (change_of(explained, "penalty"), change_of(explained, "staff_points")) == (-500, -120)
    await until_final(county)
    await county.facts.tell(county.facts.overturning(finding))
    file = await file_of(county)
    assert (file["score_e2"], file["acts"][-1]["act"]) == (10_000, "corrected")


async def test_findings_of_one_decision_are_one_case(county):
    await county.facts.register(PHYSICIAN)
    await institution(county, HOSPITAL)
    found = await confirmed(county, 3)
    await step(county, "previews")
    assert change_of((await file_of(county))["explained"], "violation_rate") == -400
    separate = next(
        one for one in (await file_of(county))["explained"]["lines"] if one["indicator"] == "violation_rate"
    )
    assert separate["number"] == 3_000
    await county.facts.sanction(sanction_of(3, *found, decided_on=date(2025, 12, 1)))
    joined = next(one for one in (await file_of(county))["explained"]["lines"] if one["indicator"] == "violation_rate")
    assert joined["number"] == 1_000


async def test_records_count_with_their_document_and_can_be_taken_back(county):
    await step(county, "previews")
    body = {"record_id": str(new_id())}
    first = await record(county, "traceability", 9_999, **body)
    assert first.status_code == 201
    assert (await record(county, "traceability", 9_999, **body)).status_code == 200
    altered = await record(county, "traceability", 9_998, **body)
    assert (altered.status_code, altered.json()["code"]) == (409, "record_differs")
    assert (await file_of(county))["score_e2"] == 10_000 - 150
    withdrawal = {"withdrawal_id": str(new_id()), "document_number": "更正1号"}
    path = f"/rating-records/{body['record_id']}/withdrawal"
    assert (await county.post(path, withdrawal)).status_code == 201
    assert (await county.post(path, withdrawal)).status_code == 200
    again = await county.post(path, {**withdrawal, "withdrawal_id": str(new_id())})
    assert (again.status_code, again.json()["code"]) == (409, "record_withdrawn")
    file = await file_of(county)
    assert file["score_e2"] == 10_000
    assert [act["reason"] for act in file["acts"]] == [None, "traceability", "traceability"]
    listed = (await county.get("/rating-records", institution=HOSPITAL, limit=1)).json()
    assert (len(listed["items"]), listed["next_cursor"] is not None) == (1, True)


@pytest.mark.parametrize(
    ("metric", "quantity", "changes", "status"),
    [
        ("traceability", 10_000, {}, 201),
        ("traceability", 10_001, {}, 422),
        ("self_check:honest", 0, {}, 422),
        ("unheard_of", 1, {}, 422),
        ("traceability", -1, {}, 422),
        ("traceability", 1, {"on": "2026-03-10"}, 201),
        ("traceability", 1, {"on": "2026-03-11"}, 422),
        ("traceability", 1, {"on": "2024-12-31"}, 409),
        ("traceability", 1, {"code": "H99999999999"}, 404),
        ("traceability", 1, {"document_number": ""}, 422),
        ("traceability", 1, {"surprise": 1}, 422),
    ],
)
async def test_a_record_must_be_one_the_policy_takes(county, metric, quantity, changes, status):
    assert (await record(county, metric, quantity, **changes)).status_code == status


async def test_an_upheld_objection_takes_the_evidence_out_for_good(county):
    finding, other = await confirmed(county, 2)
    await step(county, "previews")
    await step(county, "publications")
    hospital = county.mint.bearer("hospital", institution=HOSPITAL)
    objection = {"reason": "非本院结算", "document_number": "异1号"}
    path = f"/ratings/{HOSPITAL}/2025"
    filed = await county.post(f"{path}/objections", objection, as_=hospital)
    assert (filed.status_code, filed.json()["state"], filed.json()["due_on"]) == (200, "objection", "2026-04-08")
    assert all(act["acted_by"] is None for act in filed.json()["acts"])
    assert (await county.post(f"{path}/objections", objection, as_=hospital)).json()["code"] == "rating_state"
    county.facts.clock.advance(timedelta(days=15))
    supervisor = county.mint.bearer("supervisor")
    assert (await step(county, "conclusions")).json()["outcome"] == {"concluded": 1}
    decision = {"upheld": True, "reason": "属实", "document_number": "复1号", "excluded_evidence_ids": ["nothing"]}
    unknown = await county.post(f"{path}/objection-decision", decision, as_=supervisor)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/excluded_evidence_ids/0")
    decided = await county.post(
        f"{path}/objection-decision", {**decision, "excluded_evidence_ids": [str(finding)]}, as_=supervisor
    )
    assert decided.json()["state"] == "publicity"
    number = next(one for one in decided.json()["explained"]["lines"] if one["indicator"] == "violation_rate")
    assert number["evidence_ids"] == [str(other)]
    assert (await step(county, "conclusions")).json()["outcome"] == {"concluded": 1}
    final = await file_of(county)
    assert (final["excluded_evidence_ids"], final["reproduced"]) == ([str(finding)], True)
    assert [act["act"] for act in final["acts"]][-3:] == ["objected", "objection_upheld", "concluded"]


async def test_a_rejected_objection_changes_nothing_and_the_publicity_goes_on(county):
    await confirmed(county)
    await step(county, "previews")
    await step(county, "publications")
    path = f"/ratings/{HOSPITAL}/2025"
    await county.post(f"{path}/objections", {"reason": "有异议", "document_number": "异1号"})
    rejected = await county.post(
        f"{path}/objection-decision",
        {"upheld": False, "reason": "不成立", "document_number": "复1号"},
        as_=county.mint.bearer("supervisor"),
    )
    assert (rejected.json()["state"], rejected.json()["score_e2"], rejected.json()["due_on"]) == (
        "publicity",
        9_600,
        "2026-03-17",
    )


async def test_publicity_lasts_to_the_end_of_its_last_working_day(county):
    await step(county, "previews")
    await step(county, "publications")
    assert (await file_of(county))["due_on"] == "2026-03-17"
    county.facts.clock.advance(timedelta(days=7, hours=13, minutes=59))  # 23:59 in Shanghai on the last day
    assert (await step(county, "conclusions")).json()["outcome"] == {"in_publicity": 2}
    objection = {"reason": "有异议", "document_number": "异1号"}
    assert (await county.post(f"/ratings/{HOSPITAL}/2025/objections", objection)).status_code == 200
    county.facts.clock.advance(timedelta(minutes=1))
    late = await county.post(f"/ratings/{OTHER}/2025/objections", objection)
    assert (late.status_code, late.json()["code"]) == (409, "objection_late")
    assert (await step(county, "conclusions")).json()["outcome"] == {"concluded": 1}


async def test_a_region_with_its_own_policy_is_rated_by_it_and_against_its_peers(desk):
    for place, quality in enumerate((9_000, 4_500, 9_000)):
        code = f"H3701020000{place}"
        await institution(desk, code, region="370102")
        await record(desk, "traceability", quality, code=code)
    await institution(desk, "H11010500009")
    region = {"year": 2025, "region": "37"}
    assert (await desk.post("/ratings/previews", region)).json()["outcome"] == {"previewed": 3}
    half = (await desk.get("/ratings/H37010200001/2025")).json()
    whole = (await desk.get("/ratings/H37010200000/2025")).json()
    assert (whole["score_e2"], half["score_e2"], whole["grade"]) == (102_000, 101_000, "A")
    assert half["policy_version"] == "rating-370000-2025"
    # What a peer does later does not move a benchmark that was frozen with the rating.
    await record(desk, "commendation", code="H37010200001")
    later = (await desk.get("/ratings/H37010200001/2025")).json()
    assert (later["score_e2"], change_of(later["explained"], "traceability")) == (102_500, 1_000)


async def test_a_dry_run_repeats_the_stored_result_and_tries_another_policy(county):
    (finding,) = await confirmed(county)
    await step(county, "previews")
    path = f"/ratings/{HOSPITAL}/2025/recomputation"
    same = (await county.get(path)).json()
    assert (same["same"], same["explained"]["score_e2"], same["stored_score_e2"]) == (True, 9_600, 9_600)
    tried = (await county.get(path, policy="rating-150000-2026")).json()
    assert (tried["explained"]["policy_version"], tried["explained"]["score_e2"]) == ("rating-150000-2026", 9_500)
    unknown = await county.get(path, policy="none")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "no_policy_in_force")
    county.facts.clock.advance(timedelta(days=1))
    await county.facts.tell(county.facts.overturning(finding))
    now, then = (await county.get(path)).json(), (await county.get(path, at="2026-03-10T10:00:00+08:00")).json()
    assert (now["explained"]["score_e2"], then["explained"]["score_e2"], then["same"]) == (10_000, 9_600, False)
    before = (await county.get(path, at="2025-06-01T09:59:59+08:00")).json()
    assert before["explained"]["score_e2"] == 10_000


async def test_a_back_test_shows_who_would_move_and_stores_nothing(county):
    await confirmed(county, 10)
    body = {**REGION, "policy_version": "rating-150000-2026"}
    test = (await county.post("/ratings/backtests?limit=1", body)).json()
    assert test["institutions"] == 2
    assert test["moves"] == [
        {"grade": "excellent", "tested_grade": "A", "institutions": 1},
        {"grade": "good", "tested_grade": "B", "institutions": 1},
    ]
    (first,) = test["items"]
    assert (first["institution_code"], first["score_e2"], first["tested_score_e2"], first["change_e2"]) == (
        HOSPITAL,
        8_500,
        8_000,
        -500,
    )
    rest = (await county.post(f"/ratings/backtests?cursor={test['next_cursor']}", body)).json()
    assert ([one["institution_code"] for one in rest["items"]], rest["next_cursor"]) == ([OTHER], None)
    assert await county.facts.number("select count(*) from annual_rating") == 0
    refused = await county.post("/ratings/backtests", {**body, "policy_version": "none"})
    assert refused.status_code == 409


async def test_two_low_years_recommend_the_end_of_the_agreement(county):
    for year in (2025, 2026):
        await record(county, "severe_dishonesty", on=f"{year}-01-10")
        county.facts.clock.advance(timedelta(days=365) if year == 2026 else timedelta())
        await step(county, "previews", year=year)
        await step(county, "publications", year=year)
        county.facts.clock.advance(timedelta(days=20))
        await step(county, "conclusions", year=year)
    first = await file_of(county)
    second = (await county.get(f"/ratings/{HOSPITAL}/2026")).json()
    assert (first["grade"], second["grade"], second["grade_before"]) == ("substandard",) * 3
    assert "terminate_agreement" not in [one["code"] for one in first["recommendations"]]
    ended = next(one for one in second["recommendations"] if one["code"] == "terminate_agreement")
    assert ended["article"]
    assert second["explained"]["direct_evidence_ids"]


async def test_a_repair_needs_six_clean_months_and_counts_in_the_next_year(county):
    hospital = county.mint.bearer("hospital", institution=HOSPITAL)
    body = {
        "repair_id": str(new_id()),
        "institution_code": HOSPITAL,
        "explanation": "已整改",
        "commitment_document": "承1号",
    }
    nothing = await county.post("/repairs", body, as_=hospital)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_repair")
    await county.facts.findings(1, confirmed_at=datetime(2025, 9, 10, 16, 0, tzinfo=UTC))  # 11 September in Shanghai
    early = await county.post("/repairs", body, as_=hospital)
    assert (early.status_code, early.json()["code"]) == (409, "repair_too_early")
    county.facts.clock.advance(timedelta(days=1))
    hospital, supervisor = county.mint.bearer("hospital", institution=HOSPITAL), county.mint.bearer("supervisor")
    applied = await county.post("/repairs", body, as_=hospital)
    # Fifteen working days from 11 March 2026.
    assert (applied.status_code, applied.json()["state"], applied.json()["decide_by"]) == (200, "applied", "2026-04-01")
    assert (await county.post("/repairs", body, as_=hospital)).json() == applied.json()
    waiting = await county.post("/repairs", {**body, "repair_id": str(new_id())}, as_=hospital)
    assert waiting.json()["code"] == "repair_waits"
    decision = {"granted": True, "reason": "属实", "document_number": "修1号"}
    path = f"/repairs/{body['repair_id']}/decision"
    granted = await county.post(path, decision, as_=supervisor)
    assert (granted.json()["state"], granted.json()["counts_in"]) == ("granted", 2027)
    assert (await county.post(path, decision, as_=supervisor)).json()["code"] == "repair_decided"
    for year, expected in ((2026, 0), (2027, 200)):
        dry = (await county.get(f"/ratings/{HOSPITAL}/{year}/recomputation")).json()
        assert change_of(dry["explained"], "credit_repaired") == expected
    listed = (await county.get("/repairs", as_=hospital)).json()
    assert [one["repair_id"] for one in listed["items"]] == [body["repair_id"]]
    assert (await county.get("/repairs", as_=county.mint.bearer("hospital", institution=OTHER))).json()["items"] == []


async def test_a_violation_before_the_decision_stops_a_repair(county):
    await county.facts.findings(1, confirmed_at=LAST_YEAR)
    body = {
        "repair_id": str(new_id()),
        "institution_code": HOSPITAL,
        "explanation": "已整改",
        "commitment_document": "承1号",
    }
    assert (await county.post("/repairs", body)).status_code == 200
    await county.facts.findings(1)
    decision = {"granted": True, "reason": "属实", "document_number": "修1号"}
    path, supervisor = f"/repairs/{body['repair_id']}/decision", county.mint.bearer("supervisor")
    assert (await county.post(path, decision, as_=supervisor)).json()["code"] == "repair_too_early"
    assert (await county.post(path, {**decision, "granted": False}, as_=supervisor)).json()["state"] == "refused"


async def test_an_institution_sees_and_contests_only_itself(county):
    await step(county, "previews")
    await step(county, "publications")
    other = county.mint.bearer("hospital", institution=OTHER)
    listed = (await county.get("/ratings", as_=other, year=2025)).json()
    assert [one["institution_code"] for one in listed["items"]] == [OTHER]
    objection = {"reason": "有异议", "document_number": "异1号"}
    for answer in (
        await county.get(f"/ratings/{HOSPITAL}/2025", as_=other),
        await county.get(f"/ratings/{HOSPITAL}/2025/recomputation", as_=other),
        await county.get("/rating-records", as_=other, institution=HOSPITAL),
        await county.get("/repairs", as_=other, institution=HOSPITAL),
        await county.post(f"/ratings/{HOSPITAL}/2025/objections", objection, as_=other),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "other_institution")
    officer = county.mint.bearer("sanction_officer", institution=OTHER)
    for path, body in (("previews", REGION), ("publications", REGION), ("conclusions", REGION)):
        answer = await county.post(f"/ratings/{path}", body, as_=officer)
        assert (answer.status_code, answer.json()["code"]) == (403, "agency_only")


async def test_lists_page_by_cursor_and_filter(county):
    await confirmed(county, 60)
    await step(county, "previews")
    first = (await county.get("/ratings", year=2025, limit=3)).json()
    rest = (await county.get("/ratings", year=2025, cursor=first["next_cursor"])).json()
    assert [one["institution_code"] for one in first["items"] + rest["items"]] == [HOSPITAL, OTHER, YOUNG, GONE]
    assert rest["next_cursor"] is None
    codes = {}
    for name, value in (("state", "not_rated"), ("grade", "excellent"), ("grade", "good"), ("region", "11"),
                        ("region", "12")):  # fmt: skip
        items = (await county.get("/ratings", year=2025, **{name: value})).json()["items"]
        codes[name, value] = [one["institution_code"] for one in items]
    assert codes == {
        ("state", "not_rated"): [YOUNG, GONE],
        ("grade", "excellent"): [OTHER],
        ("grade", "good"): [HOSPITAL],
        ("region", "11"): [HOSPITAL, OTHER, YOUNG, GONE],
        ("region", "12"): [],
    }
    assert (await county.get("/ratings", year=2025, cursor="rubbish")).status_code == 422
    assert len((await county.get("/ratings/policies")).json()["items"]) == 3


async def test_what_was_rated_is_only_added_to(county):
    await record(county, "commendation")
    await county.facts.findings(1, confirmed_at=LAST_YEAR)
    repair = {
        "repair_id": str(new_id()),
        "institution_code": HOSPITAL,
        "explanation": "已整改",
        "commitment_document": "承1号",
    }
    await county.post("/repairs", repair)
    await step(county, "previews")
    for table in ("annual_rating", "rating_act", "rating_calculation", "rating_record", "rating_repair"):
        assert await county.facts.number(f"select count(*) from {table}") > 0
        for statement in (f"delete from {table}", f"truncate {table} cascade"):
            with pytest.raises(DBAPIError, match="append-only"):
                await change(county, statement)


async def change(desk, statement):
    async with desk.facts.resources.database.transaction() as session:
        await session.execute(sa.text(statement))

"""Pre-checks over HTTP and a real database: reminders, what could not be judged, and who may ask."""

import json
from datetime import date, timedelta

import pytest
from pydantic import SecretStr

from services.contracts.intake import InstitutionChanged, InsuredPersonChanged
from services.contracts.registry import InstitutionPeriod, InsuredPersonPeriod
from services.kit.ids import new_id
from services.kit.pseudonym import derive_key, pseudonym
from services.screening import wiring
from services.screening.rulebooks import read_rulebook
from services.screening.settings import ScreeningSettings

PRECHECKS = "/screening/v1/prechecks"
HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
PHYSICIAN = "D110105000001"
SECRET = "a secret of thirty-two characters"
NUMBER = "11010519900101123x"
MEN_ONLY = "XL02BBA326A001010102180"
WOMEN_ONLY = "ZD03AAA0043010100166"
TERTIARY = "ZA12HAX0873010100365"
SEX_RULE = "GZ10000301004000"
LEVEL_RULE = "GZ10000101012000"
FREQUENCY_RULE = "GZ10000102014000"


@pytest.fixture
def settings(database_url, tmp_path):
    return ScreeningSettings(
        database_url=SecretStr(database_url),
        jwks=str(tmp_path / "jwks.json"),
        screening_pseudonym_key=SecretStr(derive_key(SECRET).hex()),
    )


@pytest.fixture
def hospital(mint):
    return mint.bearer("hospital", institution=HOSPITAL)


def limited_item():
    """A service with a limit per day, from the bundled rulebook."""
    for point in read_rulebook()["points"]:
        when = point.get("when", {})
        if point["rule"] == FREQUENCY_RULE and when.get("window") == "day" and when.get("limit") == 1:
            return point["codes"][0]
    raise AssertionError


def visit(*lines, **given):
    """A woman's visit in a tertiary hospital, with everything a claim tells."""
    values = {
        "phase": "before",
        "visit_id": "V1",
        "institution": {"level": 3, "category": "general"},
        "insured_person": {"number": NUMBER, "birth_date": "1990-01-01"},
        "sex": "female",
        "insurance_type": "310",
        "medical_type": "11",
        "diagnosis_codes": ["N94.600"],
        "practitioner_code": PHYSICIAN,
        "lines": [{"quantity_e4": 10_000, "amount_fen": 3_600, **line} for line in lines],
    }
    return {**values, **given}


async def test_a_reminder_names_rule_lines_amount_ground_and_both_texts(client, hospital):
    answer = await client.post(PRECHECKS, json=visit({"item_code": MEN_ONLY}, task_id="T1"), headers=hospital)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["task_id"], told["verdict"], told["amount_at_issue_fen"]) == ("T1", "refuse", 3_600)
    [reminder] = [one for one in told["reminders"] if one["rule_code"] == SEX_RULE]
    assert (reminder["severity"], reminder["line_numbers"]) == ("violation", [1])
    assert "男性" in reminder["text_zh"]
    assert "male" in reminder["text_en"]
    assert reminder["legal_basis"]
    assert reminder["evidence"]["values"]


async def test_the_same_reminder_about_a_visit_keeps_its_id(client, hospital):
    body = visit({"item_code": MEN_ONLY})
    ids = [(await client.post(PRECHECKS, json=body, headers=hospital)).json()["reminders"] for _ in range(2)]
    other = (await client.post(PRECHECKS, json={**body, "visit_id": "V2"}, headers=hospital)).json()["reminders"]
    assert ids[0][0]["reminder_id"] == ids[1][0]["reminder_id"] != other[0]["reminder_id"]


async def test_whatever_is_missing_is_named_and_accuses_nobody(client, hospital):
    lines = [{"item_code": MEN_ONLY}, {"item_code": TERTIARY}, {"hospital_item_code": "A17"}, {"item_code": "院内001"}]
    answer = await client.post(PRECHECKS, json={"lines": lines}, headers=hospital)
    told = answer.json()
    assert told["reminders"] == []
    not_judged = {one["rule_code"]: one for one in told["not_judged"]}
    assert (not_judged[SEX_RULE]["missing"], not_judged[SEX_RULE]["line_numbers"]) == (["sex"], [1])
    assert not_judged[SEX_RULE]["reason"] == "缺少性别"
    assert (not_judged[LEVEL_RULE]["missing"], not_judged[LEVEL_RULE]["in_part"]) == (["institution_level"], False)
    assert [(one["number"], one["problem"]) for one in told["lines_not_judged"]] == [
        (3, "item_code_missing"),
        (4, "item_code_form"),
    ]


async def test_numbers_may_be_text_dates_may_lack_an_offset_and_unknown_fields_are_passed_over(client, hospital):
    line = {"item_code": MEN_ONLY, "quantity_e4": "20000", "unit_price_e4": "18000000", "amount_fen": None, "x": 1}
    body = visit(line, started_at="2026-03-09T08:00:00", ended_at=None, whatever={"a": []})
    told = (await client.post(PRECHECKS, json=body, headers=hospital)).json()
    assert told["amount_at_issue_fen"] == 3_600


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("{", ""),
        ("[]", ""),
        ("{}", "/lines"),
        ('{"lines": []}', "/lines"),
        ('{"lines": [{"quantity_e4": "two"}]}', "/lines/0/quantity_e4"),
        ('{"lines": [{}], "phase": "later"}', "/phase"),
        ('{"lines": [{"number": 1}, {"number": 1}]}', "/lines"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_at_its_place(client, hospital, body, pointer):
    answer = await client.post(PRECHECKS, content=body, headers=hospital)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_institution_asks_about_its_own_visits_only(client, hospital, mint):
    body = visit({"item_code": MEN_ONLY}, institution={"code": OTHER_HOSPITAL})
    assert (await client.post(PRECHECKS, json=body, headers=hospital)).status_code == 403
    assert (await client.post(PRECHECKS, json=body, headers=mint.bearer("auditor"))).status_code == 403


async def test_earlier_claims_count_when_the_number_is_known_and_are_reported_when_it_is_not(
    client, hospital, resources, claims
):
    code = limited_item()
    insured_ref = pseudonym(NUMBER, derive_key(SECRET))
    await wiring.build_screen_settlements(resources)([claims.accepted(code, insured_ref=insured_ref)])
    charged = (claims.now - timedelta(hours=1)).isoformat()
    body = visit({"item_code": code, "charged_at": charged}, phase="during")
    told = (await client.post(PRECHECKS, json=body, headers=hospital)).json()
    [finding] = [one for one in told["reminders"] if one["rule_code"] == FREQUENCY_RULE]
    assert [one["institution_code"] for one in finding["evidence"]["prior"]] == [HOSPITAL]
    told = (await client.post(PRECHECKS, json={**body, "insured_person": None}, headers=hospital)).json()
    assert FREQUENCY_RULE not in [one["rule_code"] for one in told["reminders"]]
    [missing] = [one for one in told["not_judged"] if one["rule_code"] == FREQUENCY_RULE]
    assert ("person" in missing["missing"], missing["in_part"]) == (True, True)


async def test_the_phase_chooses_the_rules(client, hospital):
    code = limited_item()
    body = visit({"item_code": code, "quantity_e4": 20_000})
    found = {}
    for phase in ("before", "during", "all"):
        told = (await client.post(PRECHECKS, json={**body, "phase": phase}, headers=hospital)).json()
        found[phase] = FREQUENCY_RULE in [one["rule_code"] for one in told["reminders"]]
    assert found == {"before": False, "during": True, "all": True}


async def test_only_the_rules_that_are_named_run_and_unknown_ones_are_told(client, hospital):
    body = visit({"item_code": MEN_ONLY}, rule_codes=["FW000003", "R01"])
    told = (await client.post(PRECHECKS, json=body, headers=hospital)).json()
    assert (told["reminders"], told["unknown_rules"]) == ([], ["R01"])


async def test_the_registry_tells_what_the_caller_leaves_out(client, hospital, resources, claims):
    insured_ref = pseudonym(NUMBER, derive_key(SECRET))
    period = InstitutionPeriod(
        effective_from=date(2020, 1, 1),
        level=1,
        region="110105",
        status="active",
        agreement_from=date(2020, 1, 1),
        category="general",
    )
    keep = wiring.build_keep_registry(resources)
    await keep(
        [
            claims.event(
                InstitutionChanged(
                    institution_code=HOSPITAL,
                    kind="hospital",
                    level=1,
                    region="110105",
                    active=True,
                    agreement_from=date(2020, 1, 1),
                    periods=(period,),
                )
            )
        ]
    )
    person = InsuredPersonPeriod(effective_from=date(2020, 1, 1), sex="female", birth_date=date(1990, 1, 1))
    known = claims.event(InsuredPersonChanged(insured_ref=insured_ref, periods=(person,)))
    await wiring.build_keep_persons(resources)([known])
    body = {
        "lines": [{"item_code": TERTIARY}, {"item_code": MEN_ONLY}],
        "medical_type": "11",
        "insurance_type": "310",
        "insured_person": {"number": NUMBER},
    }
    told = (await client.post(PRECHECKS, json=body, headers=hospital)).json()
    assert {LEVEL_RULE, SEX_RULE} <= {one["rule_code"] for one in told["reminders"]}


async def test_reminders_are_written_a_moment_later_without_a_word_of_the_claim(
    client, hospital, admin, resources, claims
):
    del resources, claims
    for _ in range(2):
        await client.post(PRECHECKS, json=visit({"item_code": MEN_ONLY}), headers=hospital)
    await client._transport.app.state.resources.prechecks.log.flush()
    assert await admin.fetchval("select count(*) from precheck") == 2
    [row] = await admin.fetch("select * from reminder")
    assert (row["institution_code"], row["practitioner_code"]) == (HOSPITAL, PHYSICIAN)
    kept = json.dumps([dict(one) for one in await admin.fetch("select * from precheck")], default=str)
    assert NUMBER.upper() not in kept.upper()


async def test_a_person_can_be_named_by_the_pseudonym(client, hospital, resources, claims):
    code, insured_ref = limited_item(), new_id().hex
    await wiring.build_screen_settlements(resources)([claims.accepted(code, insured_ref=insured_ref)])
    charged = (claims.now - timedelta(hours=1)).isoformat()
    body = visit({"item_code": code, "charged_at": charged}, phase="during", insured_ref=insured_ref)
    told = (await client.post(PRECHECKS, json=body, headers=hospital)).json()
    assert FREQUENCY_RULE in [one["rule_code"] for one in told["reminders"]]

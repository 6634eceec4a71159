"""What a fee line may say beside what it must: examined, and stated only where it was sent."""

import json
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from services.contracts.intake import InstitutionAtService
from services.intake import events
from services.intake.api.settlement_body import decode
from services.intake.domain.examination import examine
from tests.support.intake import HOSPITAL, line, settlement

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
DETAILS = {
    "fund_scope_fen": 3500,
    "prescription_number": "R20260309-0042",
    "hospital_item_code": "YP00017",
    "days_of_supply": "7.5",
    "dose": 0.5,
    "doses_per_day": 3,
    "refund_of": 2,
}


def examined(**changes):
    candidate = decode(json.dumps(settlement(lines=[line(**changes)])).encode())
    found = examine(candidate.settlement, now=NOW, broken=candidate.broken)
    return candidate, found, {(one.pointer, one.code) for one in [*candidate.problems, *found.problems]}


def stated(candidate, found):
    institution = InstitutionAtService(code=HOSPITAL, kind="hospital", level=3, region="110105")
    held = events.HeldAtService(institution)
    fact = events.settlement_accepted(
        candidate.settlement, found, held, settlement_ref=UUID(int=1), insured_ref="0" * 32, received_at=NOW
    )
    return msgspec.json.decode(msgspec.json.encode(fact))["lines"][0]


def test_details_reach_the_fact_in_its_scales():
    candidate, found, problems = examined(**DETAILS)
    assert problems == set()
    expected = {
        "fund_scope_fen": 3500,
        "prescription_number": "R20260309-0042",
        "hospital_item_code": "YP00017",
        "days_of_supply_e2": 750,
        "dose_e4": 5_000,
        "doses_per_day_e4": 30_000,
        "refund_of": 2,
    }
    assert expected.items() <= stated(candidate, found).items()


@pytest.mark.parametrize("name", DETAILS)
def test_one_detail_alone_is_enough_and_null_is_none(name):
    candidate, found, problems = examined(**(dict.fromkeys(DETAILS) | {name: DETAILS[name]}))
    assert problems == set()
    plain = stated(*examined()[:2])
    assert len(stated(candidate, found)) == len(plain) + 1


def test_a_plain_line_says_nothing_of_them():
    assert not [name for name in stated(*examined()[:2]) if "dose" in name or name in DETAILS]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("fund_scope_fen", 10**16, "amount_range"),
        ("prescription_number", "\t", "reference_form"),
        ("hospital_item_code", "", "reference_form"),
        ("days_of_supply", "7.123", "usage_form"),
        ("dose", -1, "usage_form"),
        ("doses_per_day", "NaN", "usage_form"),
        ("refund_of", 0, "line_number_range"),
        ("dose", "viel", "type"),
    ],
)
def test_a_detail_in_a_wrong_form_is_refused_at_its_place(name, value, code):
    assert (f"/lines/0/{name}", code) in examined(**{name: value})[2]

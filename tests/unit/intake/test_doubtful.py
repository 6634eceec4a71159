"""What is doubtful about a sound settlement is marked and never refuses it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.api.settlement_body import decode
from services.intake.domain.dictionaries import insurance_type_origin, medical_type_origin
from services.intake.domain.examination import examine
from services.intake.domain.quarantine import Viewer, merge_patch
from tests.support.intake import SERVICE, line, settlement

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
PHARMACY = "P11010500001"


def doubts(body: dict[str, Any]) -> list[tuple[str, str]]:
    candidate = decode(json.dumps(body).encode())
    assert not candidate.problems
    found = examine(candidate.settlement, now=NOW)
    assert not found.problems
    return [tuple(doubt) for doubt in found.doubts]


def back(number: int, of: int | None, quantity: int = -1, **changes: Any) -> dict[str, Any]:
    return line(number, quantity=str(quantity), amount_fen=1865 * quantity, refund_of=of, **changes)


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"insurance_type": "91"}, ("/insurance_type", "insurance_type_local")),
        ({"insurance_type": "777"}, ("/insurance_type", "insurance_type_unknown")),
        ({"medical_type": "140104"}, ("/medical_type", "medical_type_local")),
        ({"medical_type": "9910"}, ("/medical_type", "medical_type_local")),
        ({"medical_type": "77"}, ("/medical_type", "medical_type_unknown")),
        ({"medical_type": "41"}, ("/medical_type", "medical_type_of_other_kind")),
        ({"insured_region": "990000"}, ("/insured_region", "region_unknown")),
        ({"diagnosis_codes": []}, ("", "diagnosis_absent")),
        ({"diagnosis_codes": ["I63.900", "I10", "I63.900"]}, ("/diagnosis_codes", "diagnosis_twice")),
        (
            {"insured_person": {"number": "1", "sex": "male", "birth_date": "1890-01-01"}},
            ("/insured_person/birth_date", "age_implausible"),
        ),
    ],
)
def test_one_doubt_is_named(changes, doubt) -> None:
    assert doubts(settlement(**changes)) == [doubt]


def test_a_hospital_names_somebody_and_a_pharmacy_need_not() -> None:
    nobody = {"practitioner_code": None, "lines": [line(practitioner_code=None)]}
    assert doubts(settlement(**nobody)) == [("", "practitioner_absent")]
    sale = nobody | {"institution_code": PHARMACY, "medical_type": "41", "diagnosis_codes": []}
    assert doubts(settlement(**sale)) == []
    assert doubts(settlement(**sale | {"medical_type": "21"})) == [("/medical_type", "medical_type_of_other_kind")]


@pytest.mark.parametrize(
    ("second", "doubt"),
    [
        (back(2, 1), None),
        (back(2, 1, -2), None),
        (back(2, 1, -3), ("quantity", "refund_exceeds")),
        (back(2, None), ("quantity", "refund_unreferenced")),
        (back(2, 9), ("refund_of", "refund_of_unknown")),
        (back(2, 2), ("refund_of", "refund_of_unknown")),
        (back(2, 1, 1), ("refund_of", "refund_positive")),
        (back(2, 1, item_code=SERVICE), ("item_code", "refund_item_differs")),
        (line(2, quantity="0", amount_fen=0), ("quantity", "line_quantity_zero")),
        (line(2, item_kind="other"), ("item_kind", "item_kind_differs")),
        (line(2, fund_scope_fen=3731), ("fund_scope_fen", "scope_exceeds_amount")),
    ],
)
def test_one_doubt_of_a_line_is_named(second, doubt) -> None:
    body = settlement(lines=[line(1), second])
    if body["total_fen"] < 0:
        body |= {"fund_paid_fen": 0}
    expected = [] if doubt is None else [(f"/lines/1/{doubt[0]}", doubt[1])]
    body["lines"].append(line(3))
    body["total_fen"] += 3730
    body["cash_paid_fen"] = body["total_fen"] - body["fund_paid_fen"]
    assert doubts(body) == expected


def test_two_refunds_share_what_there_is() -> None:
    assert doubts(settlement(lines=[line(1), back(2, 1), back(3, 1), line(4)])) == []
    lines = [line(1), back(2, 1), back(3, 1), back(4, 1), line(5)]
    assert doubts(settlement(lines=lines)) == [("/lines/3/quantity", "refund_exceeds")]


def test_the_fund_pays_no_more_than_its_scope_where_every_line_has_one() -> None:
    lines = [line(1, fund_scope_fen=1000), line(2, fund_scope_fen=1000)]
    assert doubts(settlement(lines=lines)) == [("/fund_paid_fen", "fund_exceeds_scope")]
    del lines[1]["fund_scope_fen"]
    assert doubts(settlement(lines=lines)) == []


def test_origins_are_told_apart() -> None:
    assert [insurance_type_origin(code) for code in ("310", "3", "999")] == ["national", "local", "unknown"]
    found = [medical_type_origin(code) for code in ("11", "2114", "5212", "99", "88", "1")]
    assert found == ["national", "local", "local", "local", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "foo"}, "bar", "bar"),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_the_standard_says(target, patch, merged) -> None:
    before = json.dumps(target)
    assert merge_patch(target, patch) == merged
    assert json.dumps(target) == before


def test_who_sees_what() -> None:
    agency, region, hospital = Viewer(None, None), Viewer(None, "110000"), Viewer("H1", None)
    assert agency.may_see(institution_code=None, region=None)
    assert region.may_see(institution_code="H1", region="110105")
    assert not region.may_see(institution_code="H1", region="310000")
    assert not region.may_see(institution_code=None, region=None)
    assert hospital.may_see(institution_code="H1", region=None)
    assert not hospital.may_see(institution_code="H2", region="110105")
    assert not hospital.may_see(institution_code=None, region=None)

"""Every edge of the validation, through the decoder that the routes use."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.api.settlement_body import decode
from services.intake.domain.examination import Examination, examine
from services.intake.domain.problem import TEXTS
from tests.support.intake import INSURED_NUMBER, line, settlement

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def examined(body: dict[str, Any]) -> Examination:
    candidate = decode(json.dumps(body).encode())
    assert not candidate.problems
    return examine(candidate.settlement, now=NOW)


def problems(body: Any) -> list[tuple[str, str]]:
    candidate = decode(body if isinstance(body, bytes) else json.dumps(body).encode())
    found = [*candidate.problems, *examine(candidate.settlement, now=NOW, broken=candidate.broken).problems]
    assert all(problem.code in TEXTS for problem in found)
    return [tuple(problem) for problem in found]


def test_a_sound_settlement_has_no_problems_and_its_numbers_are_scaled() -> None:
    result = examined(settlement(lines=[line(quantity=1.5, unit_price="0.123456", amount_fen=19)]))
    assert result.problems == result.doubts == []
    ((kind, quantity_e4, unit_price_e4, details, charged_at),) = result.lines
    assert details is None
    assert (kind, quantity_e4, unit_price_e4) == ("drug", 15_000, 123_456)
    assert charged_at == datetime(2026, 3, 9, 1, 10, tzinfo=UTC)
    assert charged_at.tzinfo is UTC


def test_the_age_is_counted_in_days_of_the_business_zone() -> None:
    born = {"number": INSURED_NUMBER, "sex": "male", "birth_date": "2026-03-09"}
    before_midnight = {"started_at": "2026-03-08T16:30:00Z", "insured_person": born}
    assert examined(settlement(**before_midnight)).age_days == 0
    assert examined(settlement(insured_person={"number": "1", "sex": "unknown"})).age_days is None


def test_a_posted_kind_wins_over_the_one_the_code_has() -> None:
    assert examined(settlement(lines=[line(item_kind="other")])).lines[0][0] == "other"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"settlement_id": "a/b"}, ("/settlement_id", "settlement_id_form")),
        ({"settlement_id": ""}, ("/settlement_id", "settlement_id_form")),
        ({"institution_code": "H1"}, ("/institution_code", "institution_form")),
        ({"insurance_type": "31a"}, ("/insurance_type", "insurance_type_form")),
        ({"insured_region": "11010"}, ("/insured_region", "region_form")),
        ({"medical_type": "1"}, ("/medical_type", "medical_type_form")),
        ({"practitioner_code": "D1"}, ("/practitioner_code", "practitioner_form")),
        ({"department_code": "A 3"}, ("/department_code", "department_form")),
        ({"diagnosis_codes": ["I63.9", "63"]}, ("/diagnosis_codes/1", "diagnosis_form")),
        ({"diagnosis_codes": ["I63"] * 101}, ("/diagnosis_codes", "too_many_items")),
        ({"insured_person": {"number": "1 2", "sex": "male"}}, ("/insured_person/number", "insured_number_form")),
        ({"ended_at": "2026-03-09T08:59:59+08:00"}, ("/ended_at", "ended_before_started")),
        ({"settled_at": "2026-03-08T09:39:00+08:00"}, ("/settled_at", "settled_before_ended")),
        ({"settled_at": "2026-03-11T10:00:01+08:00"}, ("/settled_at", "in_future")),
        ({"started_at": "1999-12-31T00:00:00Z"}, ("/started_at", "instant_range")),
        ({"started_at": "0001-01-01T00:00:00+08:00"}, ("/started_at", "instant_range")),
        ({"ended_at": "9999-12-31T23:59:59-08:00"}, ("/ended_at", "instant_range")),
        ({"lines": [], "total_fen": 0, "fund_paid_fen": 0, "cash_paid_fen": 0}, ("/lines", "line_count")),
    ],
)
def test_one_wrong_field_is_named(changes, problem) -> None:
    assert problems(settlement(**changes)) == [problem]


def test_a_settlement_may_be_settled_a_day_before_the_end_and_no_more_than_a_day_ahead() -> None:
    assert problems(settlement(settled_at="2026-03-08T09:40:00+08:00")) == []
    assert problems(settlement(settled_at="2026-03-11T10:00:00+08:00")) == []


def test_a_person_is_not_born_after_the_service() -> None:
    person = {"number": INSURED_NUMBER, "sex": "male", "birth_date": "2026-03-10"}
    assert problems(settlement(insured_person=person)) == [("/insured_person/birth_date", "born_after_service")]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"item_code": "123"}, ("item_code", "item_form")),
        ({"item_code": ""}, ("item_code", "item_form")),
        ({"quantity": "1.23456"}, ("quantity", "quantity_form")),
        ({"quantity": "NaN"}, ("quantity", "quantity_form")),
        ({"quantity": None}, ("quantity", "quantity_form")),
        ({"quantity": "1" * 65}, ("quantity", "quantity_form")),
        ({"unit_price": "-18.65"}, ("unit_price", "unit_price_form")),
        ({"unit_price": "1.1234567"}, ("unit_price", "unit_price_form")),
        ({"number": 0}, ("number", "line_number_range")),
        ({"number": 1_000_000}, ("number", "line_number_range")),
        ({"charged_at": "1999-01-01T00:00:00Z"}, ("charged_at", "instant_range")),
        ({"practitioner_code": "X"}, ("practitioner_code", "practitioner_form")),
        ({"department_code": "科"}, ("department_code", "department_form")),
        ({"traceability_codes": ["8123456", "1"]}, ("traceability_codes/1", "traceability_form")),
        ({"traceability_codes": ["8123456"] * 501}, ("traceability_codes", "too_many_items")),
        ({"amount_fen": 3732}, ("amount_fen", "amount_product")),
        ({"amount_fen": 3728}, ("amount_fen", "amount_product")),
    ],
)
def test_one_wrong_field_of_a_line_is_named(changes, problem) -> None:
    pointer, code = problem
    assert problems(settlement(lines=[line(1), line(**({"number": 2} | changes))])) == [(f"/lines/1/{pointer}", code)]


@pytest.mark.parametrize("amount_fen", [3729, 3730, 3731])
def test_an_amount_may_be_off_by_one_fen(amount_fen) -> None:
    result = examined(settlement(lines=[line(amount_fen=amount_fen)]))
    assert (len(result.lines), result.problems) == (1, [])


def test_an_amount_has_no_more_digits_than_the_interface() -> None:
    big = line(quantity="100000000000", unit_price="9999999999", amount_fen=10**23 - 10**13)
    assert ("/lines/0/amount_fen", "amount_range") in problems(settlement(lines=[big]))


def test_a_refund_line_has_a_negative_quantity() -> None:
    lines = [line(1), line(2, quantity="-1", amount_fen=-1865)]
    assert problems(settlement(lines=lines)) == []


def test_line_numbers_occur_once() -> None:
    assert problems(settlement(lines=[line(7), line(7)])) == [("/lines/1/number", "line_number_twice")]


def test_there_are_no_more_than_2000_lines() -> None:
    assert problems(settlement(lines=[line(number) for number in range(1, 2001)])) == []
    assert problems(settlement(lines=[line(number) for number in range(1, 2002)])) == [("/lines", "line_count")]


def test_lines_and_payments_sum_to_the_total() -> None:
    assert problems(settlement(total_fen=7461, cash_paid_fen=3731)) == [("/total_fen", "lines_sum")]
    assert problems(settlement(cash_paid_fen=3729)) == [("/total_fen", "payments_sum")]


@pytest.mark.parametrize("changes", [{"fund_paid_fen": 8000, "cash_paid_fen": -540}, {"account_paid_fen": -1}])
def test_no_payment_is_negative(changes) -> None:
    assert "amount_range" in {code for _, code in problems(settlement(**changes))}


@pytest.mark.parametrize("charged_at", ["2026-03-08T09:00:00+08:00", "2026-03-10T09:40:00+08:00"])
def test_a_fee_of_the_day_around_the_visit_is_not_doubted(charged_at) -> None:
    assert examined(settlement(lines=[line(charged_at=charged_at)])).doubts == []


@pytest.mark.parametrize("charged_at", ["2026-03-08T08:59:59+08:00", "2026-03-10T09:40:01+08:00"])
def test_a_fee_further_from_the_visit_is_doubted_but_taken(charged_at) -> None:
    result = examined(settlement(lines=[line(charged_at=charged_at)]))
    assert result.problems == []
    assert [tuple(doubt) for doubt in result.doubts] == [("/lines/0/charged_at", "charged_outside_visit")]


def test_all_problems_are_reported_at_once_of_form_and_of_content() -> None:
    body = settlement(
        insured_region="1",
        total_fen="7460",
        insured_person={"number": "!", "sex": "f"},
        lines=[line(1, amount_fen=1.5), line(2, item_code="x"), line(2, charged_at="yesterday")],
    )
    body["lines"].append(3)
    del body["medical_type"]
    assert set(problems(body)) == {
        ("/medical_type", "missing"),
        ("/total_fen", "type"),
        ("/insured_person/sex", "type"),
        ("/insured_person/number", "insured_number_form"),
        ("/insured_region", "region_form"),
        ("/lines/0/amount_fen", "type"),
        ("/lines/1/item_code", "item_form"),
        ("/lines/2/charged_at", "type"),
        ("/lines/3", "type"),
    }


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000, b'{"a": 1} x', b'{"settlement_id": "\\ud800"}'])
def test_what_is_not_json_is_one_problem(body) -> None:
    assert problems(body)[0] == ("", "malformed_json")
    assert len(problems(body)) == 1


@pytest.mark.parametrize("body", [b"null", b"[]", b'"S1"', b"1"])
def test_what_is_no_object_is_one_problem(body) -> None:
    assert problems(body) == [("", "type")]


@pytest.mark.parametrize("instant", ["2026-03-09T09:00:00", "2026-03-09", 1741482000, None])
def test_an_instant_carries_its_offset(instant) -> None:
    assert ("/started_at", "type") in problems(settlement(started_at=instant))


def test_codes_without_bound_are_refused_before_they_are_looked_at() -> None:
    assert problems(settlement(insured_region="1" * 65)) == [("/insured_region", "type")]


def test_the_number_of_problems_has_a_bound() -> None:
    assert (
        len(problems(settlement(lines=[line(number, item_code="x", quantity="") for number in range(1, 1001)]))) == 500
    )
    assert len(problems(settlement(lines=[{} for _ in range(1000)]))) <= 1000

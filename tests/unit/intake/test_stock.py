"""What is refused of a stock movement, and what is only marked."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.api.movement_body import MovementBody
from services.intake.domain.stock import CHANGE_DIRECTION, examine_movement

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
DRUG = "XB01AXA223B002010100156"
CODE = "81234567890123456789"


def movement(**changes) -> MovementBody:
    values = {
        "movement_id": "M1",
        "institution_code": "P11010500003",
        "kind": "purchase",
        "moved_at": NOW,
        "item_code": DRUG,
        "quantity": Decimal(2),
    }
    return MovementBody(**(values | changes))


def examined(**changes):
    return examine_movement(movement(**changes), now=NOW)


def marks(**changes):
    found = examined(**changes)
    assert found.problems == []
    return {(one.pointer, one.code) for one in found.doubts}


def problems(**changes):
    return {(one.pointer, one.code) for one in examined(**changes).problems}


@pytest.mark.parametrize(
    ("kind", "effect"), [("purchase", 1), ("purchase_return", -1), ("sale", -1), ("sale_return", 1)]
)
def test_the_kind_gives_the_direction(kind, effect):
    found = examined(kind=kind, quantity=Decimal("1.5"))
    assert (found.problems, found.doubts) == ([], [])
    assert (found.quantity_e4, found.effect_e4) == (15_000, effect * 15_000)


def test_a_count_has_no_effect_of_its_own():
    found = examined(kind="count", quantity=Decimal(0))
    assert (found.quantity_e4, found.effect_e4, found.doubts) == (0, None, [])


@pytest.mark.parametrize(("reason", "direction"), CHANGE_DIRECTION.items())
def test_the_reason_of_a_change_gives_its_direction(reason, direction):
    found = examined(kind="change", change_reason=reason)
    assert (found.effect_e4, found.doubts) == (direction * 20_000, [])


def test_a_change_without_a_known_reason_goes_by_its_sign():
    found = examined(kind="change", quantity=Decimal(-3), change_reason="999")
    assert found.effect_e4 == -30_000
    assert [one.code for one in found.doubts] == ["change_reason_unknown"]


def test_goods_without_a_national_code_are_taken_and_marked():
    assert marks(item_code="Q02000000") == {("/item_code", "item_form")}
    assert examined(item_code="Q02000000").item_kind == "other"


def test_a_negative_quantity_counts_by_its_size_and_is_marked():
    assert examined(kind="sale", quantity=Decimal(-2)).effect_e4 == -20_000
    assert marks(kind="sale", quantity=Decimal(-2)) == {("/quantity", "quantity_sign")}


def test_dates_out_of_order_are_marked():
    assert marks(kind="sale", produced_on=date(2026, 3, 11), expires_on=date(2026, 3, 9)) == {
        ("/expires_on", "expiry_before_production"),
        ("/produced_on", "moved_before_production"),
        ("/expires_on", "sold_after_expiry"),
    }


def test_the_last_day_of_use_is_a_day_of_use():
    assert marks(kind="sale", expires_on=date(2026, 3, 10)) == set()


def test_a_sale_on_the_insurance_without_a_settlement_is_marked():
    assert marks(kind="sale", paid_by="insurance") == {("/settlement_id", "settlement_missing")}
    assert marks(kind="sale", paid_by="insurance", settlement_id="S1") == set()


def test_amount_is_quantity_times_price_to_the_fen():
    price = Decimal("18.655555")
    assert problems(unit_price=price, amount_fen=3732) == set()
    assert problems(unit_price=price, amount_fen=3734) == {("/amount_fen", "amount_product")}


def test_the_same_pack_scanned_twice_is_marked_unless_it_was_split():
    twice = {"kind": "sale", "traceability_codes": (CODE, CODE)}
    assert marks(**twice) == {("/traceability_codes", "traceability_twice")}
    assert marks(**twice, split_pack=True) == set()


def test_more_packs_than_were_sold_are_marked():
    codes = tuple(f"8123456789012345678{last}" for last in range(3))
    assert marks(kind="sale", traceability_codes=codes) == {("/traceability_codes", "traceability_count")}
    assert marks(kind="sale", traceability_codes=codes, quantity=Decimal(3)) == set()


def test_an_odd_code_is_kept_and_an_unreadable_one_is_refused():
    assert marks(traceability_codes=("A-1",)) == {("/traceability_codes/0", "traceability_form")}
    assert problems(traceability_codes=("追溯",)) == {("/traceability_codes/0", "traceability_form")}


def test_every_problem_is_named_at_once():
    assert problems(
        movement_id="/",
        institution_code="X1",
        item_code=None,
        quantity=None,
        unit_price=Decimal(-1),
        moved_at=NOW + timedelta(days=3),
        settlement_id="a b",
        batch_number="\x00",
    ) == {
        ("/movement_id", "movement_id_form"),
        ("/institution_code", "institution_form"),
        ("/item_code", "missing"),
        ("/quantity", "missing"),
        ("/unit_price", "unit_price_form"),
        ("/moved_at", "moved_in_future"),
        ("/settlement_id", "settlement_id_form"),
        ("/batch_number", "reference_form"),
    }


def test_a_deletion_names_what_it_deletes_and_nothing_else():
    assert problems(kind="delete", item_code=None, quantity=None) == {("/refers_to", "missing")}
    assert marks(kind="delete", item_code=None, quantity=None, refers_to="M0") == set()


numbers = st.decimals(allow_nan=True, allow_infinity=True)


@given(
    quantity=numbers, unit_price=numbers, amount_fen=st.integers(), kind=st.sampled_from(["sale", "count", "change"])
)
def test_no_number_breaks_the_examination(quantity, unit_price, amount_fen, kind):
    found = examined(kind=kind, quantity=quantity, unit_price=unit_price, amount_fen=amount_fen)
    if not found.problems:
        assert Decimal(found.quantity_e4).scaleb(-4) in {quantity, -quantity}


@given(codes=st.lists(st.text(max_size=30), max_size=6), split=st.booleans())
def test_no_code_breaks_the_examination(codes, split):
    found = examined(kind="sale", traceability_codes=tuple(codes), split_pack=split)
    places = {one.pointer for one in found.problems}
    assert places == {f"/traceability_codes/{index}" for index, code in enumerate(codes) if not readable(code)}


def readable(code: str) -> bool:
    return bool(code) and all("!" <= sign <= "~" for sign in code)

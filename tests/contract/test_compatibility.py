"""Within a version a fact may gain optional fields, and nothing else may change."""

from copy import deepcopy
from pathlib import Path

import msgspec
import pytest

from deploy.reference.schemas import incompatibilities, schema_of
from services.contracts.catalogue import BY_TYPE, FACTS
from services.contracts.intake import SettlementAccepted

CHECKED_IN = Path(__file__).parent / "schemas"


def test_every_fact_version_has_a_checked_in_schema():
    assert {path.stem for path in CHECKED_IN.glob("*.json")} == set(BY_TYPE)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_a_fact_gets_along_with_its_checked_in_schema(fact):
    before = msgspec.json.decode((CHECKED_IN / f"{fact.TYPE}.json").read_bytes())
    assert incompatibilities(before, schema_of(fact)) == []


def changed(change):
    after = deepcopy(schema_of(SettlementAccepted))
    change(after["$defs"])
    return incompatibilities(schema_of(SettlementAccepted), after)


def test_an_added_optional_field_is_compatible():
    def add(structs):
        structs["SettlementAccepted"]["properties"]["ward_code"] = {"type": "string", "default": ""}
        structs["SettlementLine"]["properties"]["batch_number"] = {"type": "string", "default": ""}

    assert changed(add) == []


def test_an_added_required_field_is_not():
    def add(structs):
        structs["SettlementLine"]["properties"]["batch_number"] = {"type": "string"}
        structs["SettlementLine"]["required"].append("batch_number")

    assert changed(add) == ["SettlementLine.batch_number: required now"]


def test_a_removed_field_is_not():
    assert changed(lambda structs: structs["SettlementAccepted"]["properties"].pop("cash_fen")) == [
        "SettlementAccepted.cash_fen: removed or renamed"
    ]


def test_another_type_is_not():
    def change(structs):
        structs["SettlementLine"]["properties"]["amount_fen"] = {"type": "number"}

    assert len(changed(change)) == 1


def test_another_value_in_a_list_of_values_is_not():
    def change(structs):
        structs["SettlementAccepted"]["properties"]["sex"]["enum"].append("other")

    assert len(changed(change)) == 1


def test_a_required_field_that_becomes_optional_is_not():
    assert changed(lambda structs: structs["SettlementAccepted"]["required"].remove("fund_fen")) == [
        "SettlementAccepted.fund_fen: no longer always sent, though readers rely on it"
    ]

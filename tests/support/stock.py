"""Stock movements and settlement lists as institutions post them."""

from typing import Any

from tests.support.intake import DRUG, HOSPITAL

CODE = "81234567890123456789"


def movement(movement_id: str = "M1", kind: str = "purchase", **changes: Any) -> dict[str, Any]:
    """One sound movement of ten packs on the day before the tests' clock."""
    values: dict[str, Any] = {
        "movement_id": movement_id,
        "institution_code": HOSPITAL,
        "kind": kind,
        "moved_at": "2026-03-09T09:00:00+08:00",
    }
    if kind != "delete":
        values |= {"item_code": DRUG, "quantity": "10"}
    return values | changes


def settlement_list(settlement_id: str = "S1", **changes: Any) -> dict[str, Any]:
    """One complete list of a stay of five days."""
    return {
        "settlement_id": settlement_id,
        "institution_code": HOSPITAL,
        "visit_id": "V1",
        "admitted_at": "2026-03-02T09:00:00+08:00",
        "discharged_at": "2026-03-07T10:00:00+08:00",
        "stay_days": 5,
        "discharge_way": "1",
        "attending_code": "D110105000001",
        "diagnoses": [
            {"code": "J18.900", "main": True, "kind": "1", "admission_condition": "1"},
            {"code": "I10.x00", "kind": "1", "admission_condition": "1"},
        ],
        "operations": [
            {"code": "51.2300", "performed_on": "2026-03-03", "main": True, "surgeon_code": "D110105000001"}
        ],
        "fees": [{"fee_category": "09", "amount_fen": 7460, "class_a_fen": 7000, "own_expense_fen": 460}],
    } | changes

"""Settlements as institutions post them, and a registry to post them under."""

from datetime import date
from typing import Any

from services.intake.domain.registry import Institution, Practitioner

HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
UNKNOWN_HOSPITAL = "H11010599999"
PHYSICIAN = "D110105000001"
INSURED_NUMBER = "11010519900307123X"
DRUG = "XB01AXA223B002010100156"
SERVICE = "001102000050000"
SECRET = "a secret for tests that is long enough"


def line(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One sound fee line of 37.30 yuan."""
    return {
        "number": number,
        "item_code": DRUG,
        "quantity": "2",
        "unit_price": "18.65",
        "amount_fen": 3730,
        "charged_at": "2026-03-09T09:10:00+08:00",
        "practitioner_code": PHYSICIAN,
        "department_code": "A03",
        "traceability_codes": ["81234567890123456789"],
    } | changes


def settlement(
    settlement_id: str = "S1", *, lines: list[dict[str, Any]] | None = None, **changes: Any
) -> dict[str, Any]:
    """One sound settlement of the day before the tests' clock; its sums follow its lines."""
    charged = [line(1), line(2, item_code=SERVICE)] if lines is None else lines
    total = sum(one["amount_fen"] for one in charged if isinstance(one.get("amount_fen"), int))
    return {
        "settlement_id": settlement_id,
        "institution_code": HOSPITAL,
        "insured_person": {"number": INSURED_NUMBER, "sex": "female", "birth_date": "1990-03-07"},
        "insurance_type": "310",
        "insured_region": "110105",
        "medical_type": "11",
        "started_at": "2026-03-09T09:00:00+08:00",
        "ended_at": "2026-03-09T09:40:00+08:00",
        "settled_at": "2026-03-09T09:45:00+08:00",
        "diagnosis_codes": ["I63.900x001"],
        "practitioner_code": PHYSICIAN,
        "department_code": "A03",
        "total_fen": total,
        "fund_paid_fen": total // 2,
        "account_paid_fen": 0,
        "cash_paid_fen": total - total // 2,
        "lines": charged,
    } | changes


def institution(code: str = HOSPITAL, **changes: Any) -> Institution:
    """A hospital of the third level under an agreement."""
    values: dict[str, Any] = {
        "kind": "hospital",
        "name": "第一人民医院",
        "level": 3,
        "region": "110105",
        "agreement_from": date(2020, 1, 1),
        "agreement_until": None,
        "active": True,
    }
    return Institution(code, **(values | changes))


def practitioner(code: str = PHYSICIAN, **changes: Any) -> Practitioner:
    """A physician of the first hospital."""
    values: dict[str, Any] = {
        "category": "physician",
        "name": "张三",
        "institution_codes": (HOSPITAL,),
        "active": True,
    }
    return Practitioner(code, **(values | changes))

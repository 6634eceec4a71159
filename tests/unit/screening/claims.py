"""Claims and rulebooks made short: every test names only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from services.contracts.intake import InstitutionAtService, SettlementAccepted, SettlementLine
from services.screening.domain.engine import Screening, screen
from services.screening.domain.finding import Finding
from services.screening.domain.history import History
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.rulebook import parse_rulebook

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
"""Noon in Shanghai on a Tuesday."""

DRUG = "XL02BBA326A001010102180"
SERVICE = "001102000050000"
OTHER_SERVICE = "001109000010100"
HERB = "T000700200"
OTHER_HERB = "T001700643"
UNLISTED = "XB05XAL060B002010100000"

HOSPITAL = "H35010000001"
OTHER_HOSPITAL = "H35010000002"

RULE = "GZ10000301004000"


def ref(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(UUID(int=0), name)


def line(item_code: str = DRUG, **given: Any) -> SettlementLine:
    """One fee line at noon of 100 yuan."""
    quantity = given.pop("quantity", 1)
    kind = {"X": "drug", "Z": "drug", "T": "herb", "C": "consumable"}.get(item_code[0], "service")
    values: dict[str, Any] = {
        "number": 1,
        "item_code": item_code,
        "item_kind": kind,
        "quantity_e4": int(quantity * 10_000),
        "unit_price_e4": 100_000_000,
        "amount_fen": int(quantity * 10_000),
        "charged_at": NOON,
    }
    return SettlementLine(**(values | given))


def claim(*lines: SettlementLine, name: str = "claim", **given: Any) -> SettlementAccepted:
    """An outpatient visit of a man of forty in a tertiary hospital; lines are numbered in order."""
    numbered = tuple(
        SettlementLine(**{field: getattr(one, field) for field in one.__struct_fields__} | {"number": number})
        for number, one in enumerate(lines, start=1)
    )
    institution = InstitutionAtService(
        code=given.pop("institution", HOSPITAL),
        kind=given.pop("institution_kind", "hospital"),
        level=given.pop("level", 3),
        region="350100",
        category=given.pop("category", None),
    )
    total = max(0, sum(one.amount_fen for one in lines))
    values: dict[str, Any] = {
        "settlement_ref": ref(name),
        "settlement_id": name,
        "institution": institution,
        "insured_ref": "a" * 32,
        "sex": "male",
        "age_days": 40 * 365 + 10,
        "insurance_type": "310",
        "insured_region": "350100",
        "medical_type": "11",
        "care_setting": "outpatient",
        "started_at": NOON,
        "ended_at": NOON + timedelta(hours=1),
        "settled_at": NOON + timedelta(hours=1),
        "practitioner_code": "D350100000001",
        "total_fen": total,
        "fund_fen": total,
        "account_fen": 0,
        "cash_fen": 0,
        "lines": numbered,
    }
    return SettlementAccepted(**(values | given))


def stay(*lines: SettlementLine, days: int = 5, **given: Any) -> SettlementAccepted:
    """An inpatient stay that begins at noon and ends so many days later."""
    started = given.pop("started_at", NOON)
    given.setdefault("ended_at", started + timedelta(days=days))
    return claim(*lines, started_at=started, **{"care_setting": "inpatient", "medical_type": "21"} | given)


def rule(kind: str, **given: Any) -> dict[str, Any]:
    """One rule of a kind as a rulebook document says it."""
    parameters = given.pop("parameters", {})
    return {
        "code": RULE,
        "kind": kind,
        "name_zh": "规则",
        "name_en": "Rule",
        "category": "政策类",
        "severity": "violation",
        "phases": ["after"],
        "legal_basis": "条例第三十八条",
        "parameters": parameters,
    } | given


def point(codes: Sequence[str] = (DRUG,), **given: Any) -> dict[str, Any]:
    """One knowledge point of that rule."""
    return {"id": "P1", "rule": RULE, "name": "阿帕他胺片", "codes": list(codes)} | given


def document(rules: Sequence[Mapping[str, Any]], points: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """A rulebook in force since 2025."""
    return {"version": "test", "effective_from": "2025-01-01", "rules": list(rules), "points": list(points)}


def plan_of(kind: str, *points: Mapping[str, Any], **given: Any) -> Plan:
    """A plan of one rule of this kind."""
    return compile_plan(parse_rulebook(document([rule(kind, **given)], points)))


def screened(plan: Plan, *claims: SettlementAccepted, history: History | None = None) -> list[Screening]:
    """Screen claims one after the other, each settled a second after the one before it and seeing it."""
    known = history or History()
    results = []
    for turn, given in enumerate(claims):
        one = replace(given, settled_at=given.settled_at + timedelta(seconds=turn))
        results.append(screen(plan, one, known))
        known.add_claim(one, plan)
    return results


def findings(plan: Plan, *claims: SettlementAccepted, history: History | None = None) -> list[Finding]:
    """What is found in the last of the claims; no check may fail."""
    results = screened(plan, *claims, history=history)
    assert all(not result.failures for result in results)
    return list(results[-1].findings)

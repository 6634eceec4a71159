"""Random claims and rulebooks for the bench of screening: as many lines and codes as asked, mostly honest people."""

import random
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from services.contracts.intake import InstitutionAtService, SettlementAccepted, SettlementLine
from services.kit.ids import new_id
from services.screening.domain.engine import screen
from services.screening.domain.history import History
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.rulebook import parse_rulebook
from services.screening.rulebooks import read_rulebook

LINES = 10
KNOWN_SHARE = 0.3
"""Share of lines whose item some knowledge point names."""
_START = datetime(2026, 3, 10, 2, tzinfo=UTC)


def claims_of(plan: Plan, count: int, *, lines: int = LINES, seed: int = 1) -> list[SettlementAccepted]:
    """Random claims of so many lines; what they hold breaks rules about as often as it happens."""
    draw = random.Random(seed)
    known = sorted(plan.by_item)
    made = []
    for number in range(count):
        inpatient = draw.random() < 0.2
        started = _START + timedelta(minutes=draw.randrange(600))
        items = []
        for position in range(1, lines + 1):
            code = draw.choice(known) if draw.random() < KNOWN_SHARE else f"XB00AAA000A{draw.randrange(10**12):012d}"
            kind = {"X": "drug", "Z": "drug", "T": "herb", "C": "consumable"}.get(code[0], "service")
            items.append(
                SettlementLine(
                    number=position,
                    item_code=code,
                    item_kind=kind,  # type: ignore[arg-type]
                    quantity_e4=10_000,
                    unit_price_e4=10_000_000,
                    amount_fen=1_000,
                    charged_at=started + timedelta(days=draw.randrange(5) if inpatient else 0),
                    practitioner_code=f"D990100{draw.randrange(200):06d}",
                    traceability_codes=(f"8{draw.randrange(10**19):019d}",) if kind == "drug" else (),
                )
            )
        made.append(
            SettlementAccepted(
                settlement_ref=new_id(),
                settlement_id=f"B{seed}-{number}",
                institution=InstitutionAtService(
                    code=f"H99010{draw.randrange(30):06d}",
                    kind="hospital",
                    level=draw.choice((1, 2, 3)),
                    region="990100",
                ),
                insured_ref=f"{draw.randrange(count):032x}",
                sex=draw.choice(("male", "female")),
                age_days=draw.randrange(365 * 80),
                insurance_type="390",
                insured_region="990100",
                medical_type="21" if inpatient else "11",
                care_setting="inpatient" if inpatient else "outpatient",
                started_at=started,
                ended_at=started + (timedelta(days=5) if inpatient else timedelta(hours=1)),
                settled_at=started + timedelta(days=5),
                diagnosis_codes=("J18.900", "I10.x00"),
                practitioner_code="D990100000001",
                total_fen=1_000 * lines,
                fund_fen=500 * lines,
                account_fen=0,
                cash_fen=500 * lines,
                lines=tuple(items),
            )
        )
    return _mostly_clean(plan, made, draw)


def _mostly_clean(plan: Plan, claims: list[SettlementAccepted], draw: random.Random) -> list[SettlementAccepted]:
    """Take the lines at issue out of all but a few claims: most people are honest."""
    empty = History()
    for number, claim in enumerate(claims):
        if draw.random() < 0.03:
            continue
        bad = {line for finding in screen(plan, claim, empty).findings for line in finding.line_numbers}
        if bad:
            lines = tuple(
                replace(line, item_code=f"XB99AAA999A{line.number:012d}") if line.number in bad else line
                for line in claim.lines
            )
            claims[number] = replace(claim, lines=lines)
    return claims


def plan_of(codes: int = 0) -> Plan:
    """The bundled rulebook, with knowledge points of made-up codes up to a number of codes."""
    document = dict(read_rulebook())
    if codes:
        document["points"] = [
            *document["points"],  # type: ignore[misc]
            *(
                {
                    "id": f"x{number}",
                    "rule": "GZ10000301004000",
                    "name": "x",
                    "codes": [f"XA01AAA{one % 1000:03d}A{number * 50 + one:012d}" for one in range(50)],
                    "when": {"sex": "male"},
                }
                for number in range(codes // 50)
            ),
        ]
    return compile_plan(parse_rulebook(document))

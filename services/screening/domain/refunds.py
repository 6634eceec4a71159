"""Fee lines net of the refund lines of the same claim: what was given back is not held against anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.screening.domain.claim import ClaimLine, ItemKind


@dataclass(frozen=True, slots=True)
class NetLine:
    """A fee line of which part was refunded."""

    number: int
    item_code: str
    item_kind: ItemKind
    quantity_e4: int
    unit_price_e4: int
    amount_fen: int
    charged_at: datetime
    practitioner_code: str | None
    department_code: str | None
    fund_scope_fen: int | None
    prescription_number: str | None
    days_of_supply_e2: int | None
    dose_e4: int | None
    doses_per_day_e4: int | None
    traceability_codes: tuple[str, ...]
    split_pack: bool


def net_of_refunds(lines: Sequence[ClaimLine]) -> list[ClaimLine]:
    """Take refunded quantities off the lines of the same item, the latest first; lines with nothing left go."""
    refunded: dict[str, int] = {}
    returned: set[str] = set()
    for line in lines:
        if line.quantity_e4 < 0:
            refunded[line.item_code] = refunded.get(line.item_code, 0) - line.quantity_e4
            returned.update(line.traceability_codes)
    charged = sorted((line for line in lines if line.quantity_e4 > 0), key=_moment, reverse=True)
    kept: list[ClaimLine] = []
    for line in charged:
        off = min(refunded.get(line.item_code, 0), line.quantity_e4)
        if off:
            refunded[line.item_code] -= off
        left = line.quantity_e4 - off
        if left == line.quantity_e4 and returned.isdisjoint(line.traceability_codes):
            kept.append(line)
        elif left:
            kept.append(_rest(line, left, returned))
    return sorted(kept, key=_number)


def _rest(line: ClaimLine, quantity_e4: int, returned: set[str]) -> NetLine:
    return NetLine(
        number=line.number,
        item_code=line.item_code,
        item_kind=line.item_kind,
        quantity_e4=quantity_e4,
        unit_price_e4=line.unit_price_e4,
        amount_fen=portion(line.amount_fen, quantity_e4, line.quantity_e4),
        charged_at=line.charged_at,
        practitioner_code=line.practitioner_code,
        department_code=line.department_code,
        fund_scope_fen=_scope(line, quantity_e4),
        prescription_number=line.prescription_number,
        days_of_supply_e2=line.days_of_supply_e2,
        dose_e4=line.dose_e4,
        doses_per_day_e4=line.doses_per_day_e4,
        traceability_codes=tuple(code for code in line.traceability_codes if code not in returned),
        split_pack=line.split_pack,
    )


def _scope(line: ClaimLine, quantity_e4: int) -> int | None:
    return None if line.fund_scope_fen is None else portion(line.fund_scope_fen, quantity_e4, line.quantity_e4)


def portion(amount_fen: int, part: int, total: int) -> int:
    """``amount_fen * part / total`` in whole fen, half up."""
    return (2 * amount_fen * part + total) // (2 * total)


def _moment(line: ClaimLine) -> tuple[datetime, int]:
    return line.charged_at, line.number


def _number(line: ClaimLine) -> int:
    return line.number

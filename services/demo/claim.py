"""A settlement in the making: lines are charged on it, sums follow exactly, and it turns into a request body."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.demo.county import EMPLOYEES, REGION, Institution, InsuredPerson
from services.demo.formulary import Item

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
"""Every wall-clock time of the demo is told in this zone."""

OUTPATIENT = "11"
EMERGENCY = "13"
INPATIENT = "21"
PHARMACY = "41"
MATERNITY_OUTPATIENT = "51"
MATERNITY_INPATIENT = "52"
"""National ``med_type`` (医疗类别) values that the demo uses."""

FUND_SHARE_PERCENT = {OUTPATIENT: 50, EMERGENCY: 60, INPATIENT: 75, PHARMACY: 30}
"""What the fund pays of a claim; only plausible, no rule of the rulebook depends on it."""


def moment(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An instant told by the clock on the wall in the county."""
    return datetime.combine(day, time(hour, minute, second), BUSINESS_ZONE)


@dataclass(slots=True)
class Line:
    """One fee line (费用明细)."""

    number: int
    item: Item
    quantity: int
    unit_price_fen: int
    charged_at: datetime
    traceability_codes: tuple[str, ...]
    split_pack: bool

    @property
    def amount_fen(self) -> int:
        """Quantity times unit price, exact."""
        return self.quantity * self.unit_price_fen


@dataclass(slots=True)
class Claim:
    """A settlement (结算) while it is being made."""

    settlement_id: str
    institution: Institution
    person: InsuredPerson
    medical_type: str
    started_at: datetime
    ended_at: datetime
    practitioner_code: str | None
    department_code: str | None = None
    diagnosis_codes: tuple[str, ...] = ()
    insurance_type: str | None = None
    """Overrides the person's own insurance, as when a birth is settled from maternity insurance."""
    self_paid: bool = False
    """True when the person pays everything and the fund nothing."""
    papers: timedelta = timedelta(minutes=15)
    """How long after its end the visit is settled."""
    lines: list[Line] = field(default_factory=list)

    def charge(
        self,
        item: Item,
        *,
        at: datetime | None = None,
        quantity: int = 1,
        unit_price_fen: int | None = None,
        traceability_codes: tuple[str, ...] = (),
        split_pack: bool = False,
    ) -> int:
        """Add a line and return its number; without ``at`` it is charged at the start of the visit."""
        line = Line(
            number=len(self.lines) + 1,
            item=item,
            quantity=quantity,
            unit_price_fen=item.price_fen if unit_price_fen is None else unit_price_fen,
            charged_at=at or self.started_at,
            traceability_codes=traceability_codes,
            split_pack=split_pack,
        )
        self.lines.append(line)
        return line.number

    def move(self, by: timedelta) -> None:
        """Shift the whole visit, every charge included."""
        self.started_at += by
        self.ended_at += by
        for line in self.lines:
            line.charged_at += by

    @property
    def total_fen(self) -> int:
        """Sum of the lines."""
        return sum(line.amount_fen for line in self.lines)

    @property
    def settled_at(self) -> datetime:
        """When the papers are done after the visit."""
        return self.ended_at + self.papers

    def body(self) -> dict[str, Any]:
        """The request body of intake's native interface."""
        total = self.total_fen
        insurance_type = self.insurance_type or self.person.insurance_type
        percent = 0 if self.self_paid else FUND_SHARE_PERCENT.get(self.medical_type, 60)
        fund = total * percent // 100
        account = (total - fund) // 2 if insurance_type == EMPLOYEES else 0
        return {
            "settlement_id": self.settlement_id,
            "institution_code": self.institution.code,
            "insured_person": {
                "number": self.person.number,
                "sex": self.person.sex,
                "birth_date": self.person.birth_date.isoformat(),
            },
            "insurance_type": insurance_type,
            "insured_region": REGION,
            "medical_type": self.medical_type,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "settled_at": self.settled_at.isoformat(),
            "diagnosis_codes": list(self.diagnosis_codes),
            "practitioner_code": self.practitioner_code,
            "department_code": self.department_code,
            "total_fen": total,
            "fund_paid_fen": fund,
            "account_paid_fen": account,
            "cash_paid_fen": total - fund - account,
            "lines": [_line_body(self, line) for line in self.lines],
        }


def _line_body(claim: Claim, line: Line) -> dict[str, Any]:
    yuan, fen = divmod(line.unit_price_fen, 100)
    return {
        "number": line.number,
        "item_code": line.item.code,
        "item_kind": line.item.kind,
        "quantity": str(line.quantity),
        "unit_price": f"{yuan}.{fen:02d}",
        "amount_fen": line.amount_fen,
        "charged_at": line.charged_at.isoformat(),
        "practitioner_code": claim.practitioner_code,
        "department_code": claim.department_code,
        "traceability_codes": list(line.traceability_codes),
        "split_pack": line.split_pack,
    }

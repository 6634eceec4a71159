"""Scenes for the evaluation: a few claims of one person, and what screening must say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.contracts.intake import (
    InstitutionAtService,
    SettlementAccepted,
    SettlementLine,
    SettlementListFiled,
)
from services.screening.domain.history import Death

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai on the first Monday of the month."""

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

HARMLESS = "0088{:011d}"
"""Services that no rulebook speaks of."""


@dataclass(slots=True)
class Scene:
    """Claims of one person in the order of settling; the last carries the finding unless another is named."""

    rule_code: str
    violation: bool
    claims: list[SettlementAccepted] = field(default_factory=list)
    lists: list[SettlementListFiled] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    lines: tuple[int, ...] | None = None
    """Lines at issue, None when the claim alone is looked at."""


class Stage:
    """Makes claims; every scene has a person and times of its own."""

    def __init__(self, rule_code: str, number: int, *, violation: bool) -> None:
        self.scene = Scene(rule_code, violation)
        self.number = number
        self._name = f"{rule_code}-{number}-{'v' if violation else 'n'}"
        self.at = START + (number % 20) * DAY + (number % 7) * HOUR

    def line(self, code: str, *, quantity: float = 1, price_fen: int = 5_000, **given: Any) -> SettlementLine:
        """One fee line at the scene's time."""
        kind = {"X": "drug", "Z": "drug", "T": "herb", "C": "consumable"}.get(code[0], "service")
        values: dict[str, Any] = {
            "number": 1,
            "item_code": code,
            "item_kind": kind,
            "quantity_e4": round(quantity * 10_000),
            "unit_price_e4": price_fen * 10_000,
            "amount_fen": round(quantity * price_fen),
            "charged_at": self.at,
        }
        return SettlementLine(**values | given)

    def claim(self, *lines: SettlementLine, filler: int = 4, **given: Any) -> SettlementAccepted:
        """A claim of these lines and some harmless ones behind them; added to the scene, settled after the others."""
        position = len(self.scene.claims)
        started = given.pop("started_at", self.at)
        ended = given.pop("ended_at", started + HOUR)
        extra = [
            self.line(HARMLESS.format(number), price_fen=600 + number, charged_at=started) for number in range(filler)
        ]
        numbered = tuple(
            SettlementLine(**{name: getattr(line, name) for name in line.__struct_fields__} | {"number": number})
            for number, line in enumerate([*lines, *extra], start=1)
        )
        total = sum(line.amount_fen for line in numbered)
        institution = InstitutionAtService(
            code=given.pop("institution", "H99010000001"),
            kind=given.pop("institution_kind", "hospital"),
            level=given.pop("level", 3),
            region="990100",
            category=given.pop("category", None),
        )
        setting = given.pop("care_setting", "outpatient")
        values: dict[str, Any] = {
            "settlement_ref": self.ref(position),
            "settlement_id": f"{self._name}-{position}",
            "institution": institution,
            "insured_ref": uuid5(UUID(int=1), self._name).hex,
            "sex": "male",
            "age_days": 40 * 365 + 10,
            "insurance_type": "390",
            "insured_region": "990100",
            "medical_type": {"inpatient": "21", "pharmacy": "41", "emergency": "13"}.get(setting, "11"),
            "care_setting": setting,
            "started_at": started,
            "ended_at": ended,
            "settled_at": given.pop("settled_at", ended + timedelta(minutes=10 + position)),
            "practitioner_code": "D990100000001",
            "total_fen": total,
            "fund_fen": total // 2,
            "account_fen": 0,
            "cash_fen": total - total // 2,
            "lines": numbered,
        }
        made = SettlementAccepted(**values | given)
        self.scene.claims.append(made)
        return made

    def stay(self, *lines: SettlementLine, days: int = 6, **given: Any) -> SettlementAccepted:
        """An inpatient stay with a drug on every day, so that no day of it is idle."""
        started = given.pop("started_at", self.at)
        daily = [
            self.line("XZ88ZZZ888Z000000000001", price_fen=3_000, charged_at=started + day * DAY) for day in range(days)
        ]
        return self.claim(
            *lines, *daily, care_setting="inpatient", started_at=started, ended_at=started + days * DAY, **given
        )

    def ref(self, position: int) -> UUID:
        """The id of a claim of the scene."""
        return uuid5(UUID(int=2), f"{self._name}-{position}")

    def filed(self, **given: Any) -> None:
        """File a list for the last claim."""
        claim = self.scene.claims[-1]
        self.scene.lists.append(
            SettlementListFiled(
                list_ref=uuid5(UUID(int=3), claim.settlement_id),
                institution_code=claim.institution.code,
                settlement_id=claim.settlement_id,
                settlement_ref=claim.settlement_ref,
                version=1,
                filed_at=claim.settled_at,
                **given,
            )
        )

    def died(self, on: date) -> None:
        """Let the scene's person have died on a day."""
        person = self.scene.claims[-1].insured_ref
        self.scene.deaths.append(Death(person, on, "卫生健康委", self.at))

    def expect(self, *lines: int) -> Scene:
        """The scene, its finding at these lines of the last claim."""
        self.scene.lines = lines
        return self.scene

    def done(self) -> Scene:
        """The scene, whatever lines its finding names."""
        return self.scene


def all_claims(scenes: Sequence[Scene]) -> list[SettlementAccepted]:
    """The claims of all scenes."""
    return [claim for scene in scenes for claim in scene.claims]

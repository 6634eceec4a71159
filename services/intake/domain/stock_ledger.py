"""The stock ledger of one item: what came in, what went out and what was left, day by day.

A count sets the balance of its batch, or of the whole item when it names none; what it finds beside the books is shown
as its difference. A deleted movement stays in its column and is taken back in another, on its own day, as if it had
never been: what was counted since already knew. So the ledger follows from the movements alone, and not from the
order in which they arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.intake.domain.stock import MovementKind

UNNAMED_BATCH = ""


class Step(NamedTuple):
    """Movements of one kind, batch and day between two counts, summed; or one count."""

    day: date
    kind: MovementKind
    batch: str
    """``UNNAMED_BATCH`` when the movements name none."""
    quantity_e4: int
    """Sum of the effects, or what was counted."""
    deleted: bool
    movements: int


@dataclass(slots=True)
class LedgerDay:
    """One day of the ledger; all quantities times 10,000, signed as they change the balance."""

    day: date
    opening_e4: int
    purchased_e4: int = 0
    purchase_returned_e4: int = 0
    sold_e4: int = 0
    sale_returned_e4: int = 0
    changed_e4: int = 0
    count_difference_e4: int = 0
    deleted_e4: int = 0
    """Takes back what was deleted later and stands in the other columns."""
    movements: int = 0

    @property
    def closing_e4(self) -> int:
        """Balance at the end of the day; below zero when more went out than ever came in."""
        return (
            self.opening_e4
            + self.purchased_e4
            + self.purchase_returned_e4
            + self.sold_e4
            + self.sale_returned_e4
            + self.changed_e4
            + self.count_difference_e4
            + self.deleted_e4
        )


_COLUMN: dict[MovementKind, str] = {
    "purchase": "purchased_e4",
    "purchase_return": "purchase_returned_e4",
    "sale": "sold_e4",
    "sale_return": "sale_returned_e4",
    "change": "changed_e4",
}


def replay(steps: Iterable[Step]) -> list[LedgerDay]:
    """Return the days of the ledger; steps come in the order of their days, those of a day with its counts in place."""
    days: list[LedgerDay] = []
    levels: dict[str, int] = {}
    for step in steps:
        if not days or days[-1].day != step.day:
            days.append(LedgerDay(step.day, days[-1].closing_e4 if days else 0))
        day = days[-1]
        day.movements += step.movements
        if step.kind == "count":
            if not step.deleted:
                day.count_difference_e4 += _count(levels, step)
            continue
        column = _COLUMN[step.kind]
        setattr(day, column, getattr(day, column) + step.quantity_e4)
        if step.deleted:
            day.deleted_e4 -= step.quantity_e4
        else:
            levels[step.batch] = levels.get(step.batch, 0) + step.quantity_e4
    return days


def _count(levels: dict[str, int], step: Step) -> int:
    """Set what was counted; return by how much the books were wrong."""
    known = levels.get(step.batch, 0) if step.batch != UNNAMED_BATCH else sum(levels.values())
    difference = step.quantity_e4 - known
    levels[step.batch] = levels.get(step.batch, 0) + difference
    return difference

"""Reversals (退费): what is left of a settlement, what may be taken back of it, and what then remains."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.intake.domain.problem import Problem

MOST_REVERSED_LINES = 2000
_PRODUCT_SCALE = 10**8
"""Quantity and unit price, each times 10,000, and yuan turned to fen."""


class ChargedLine(NamedTuple):
    """A line as the settlement holds it."""

    number: int
    item_code: str
    quantity_e4: int
    unit_price_e4: int
    amount_fen: int


class Taken(NamedTuple):
    """What a reversal took of a line."""

    number: int
    quantity_e4: int
    amount_fen: int


class Wanted(NamedTuple):
    """What a reversal wants of a line; None leaves it to us."""

    number: int
    quantity_e4: int | None
    amount_fen: int | None


@dataclass(slots=True)
class Left:
    """What is left of a line."""

    line: ChargedLine
    quantity_e4: int
    amount_fen: int

    @property
    def nothing(self) -> bool:
        """Whether the whole line was taken back."""
        return self.quantity_e4 == 0 and self.amount_fen == 0


def what_is_left(lines: Iterable[ChargedLine], earlier: Iterable[Taken]) -> dict[int, Left]:
    """Return what earlier reversals left of each line, by its number."""
    left = {line.number: Left(line, line.quantity_e4, line.amount_fen) for line in lines}
    for taken in earlier:
        left[taken.number].quantity_e4 -= taken.quantity_e4
        left[taken.number].amount_fen -= taken.amount_fen
    return left


def take_all(left: Mapping[int, Left]) -> list[Taken]:
    """Return all that is left, for a whole reversal."""
    return [Taken(number, one.quantity_e4, one.amount_fen) for number, one in left.items() if not one.nothing]


def take_part(left: Mapping[int, Left], wanted: Sequence[Wanted]) -> tuple[list[Taken], list[Problem]]:
    """Return what a partial reversal takes, or all that speaks against it.

    Without an amount it is the quantity's share: what is left with the last of the quantity, else quantity times unit
    price. Without a quantity only the amount is taken back, as for a price charged too high; the last of the amount
    alone takes the rest of the quantity along.
    """
    taken: list[Taken] = []
    problems: list[Problem] = []
    seen: set[int] = set()
    for position, want in enumerate(wanted):
        at = f"/lines/{position}"
        one = left.get(want.number)
        if one is None:
            problems.append(Problem(f"{at}/number", "line_unknown"))
        elif want.number in seen:
            problems.append(Problem(f"{at}/number", "line_number_twice"))
        elif one.line.amount_fen <= 0:
            problems.append(Problem(f"{at}/number", "line_not_reversible"))
        else:
            quantity, amount, found = _take(one, want, at)
            problems += found
            taken.append(Taken(want.number, quantity, amount))
        seen.add(want.number)
    return taken, problems


def _take(one: Left, want: Wanted, at: str) -> tuple[int, int, list[Problem]]:
    problems = []
    quantity, amount = want.quantity_e4, want.amount_fen
    if quantity is None and amount is None:
        problems.append(Problem(f"{at}/quantity", "missing"))
    if quantity is not None and quantity <= 0:
        problems.append(Problem(f"{at}/quantity", "quantity_form"))
    elif quantity is not None and quantity > one.quantity_e4:
        problems.append(Problem(f"{at}/quantity", "exceeds_remaining"))
    if amount is None:
        share = min(one.amount_fen, _share(one.line, quantity or 0))
        amount = one.amount_fen if quantity == one.quantity_e4 else share
    if amount <= 0 and quantity != one.quantity_e4:
        problems.append(Problem(f"{at}/amount_fen", "amount_range"))
    elif amount > one.amount_fen:
        problems.append(Problem(f"{at}/amount_fen", "exceeds_remaining"))
    if quantity is None:
        quantity = one.quantity_e4 if amount == one.amount_fen else 0
    return quantity, amount, problems


def _share(line: ChargedLine, quantity_e4: int) -> int:
    return (quantity_e4 * line.unit_price_e4 + _PRODUCT_SCALE // 2) // _PRODUCT_SCALE


def after(left: Mapping[int, Left], taken: Iterable[Taken]) -> dict[int, Left]:
    """Return what is left once more was taken."""
    rest = {number: Left(one.line, one.quantity_e4, one.amount_fen) for number, one in left.items()}
    for one in taken:
        rest[one.number].quantity_e4 -= one.quantity_e4
        rest[one.number].amount_fen -= one.amount_fen
    return rest


def total(left: Mapping[int, Left]) -> int:
    """Return the sum of what is left, in fen."""
    return sum(one.amount_fen for one in left.values())

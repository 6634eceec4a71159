"""What a check is, and where a compiled one applies."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.screening.domain.business_day import day_number
from services.screening.domain.case import Case
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.rules import KnowledgePoint, Rule

FOREVER = 2**31
"""Day number after every day: the end of what has no end."""


class Check(Protocol):
    """Examines the lines of one claim that its items name; keeps no state and depends on no line order."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State what the rule holds against the claim; ``lines`` are the placement's items, all if it names none."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A compiled check, the items it waits for and the days on which it holds."""

    check: Check
    rule: Rule
    point: KnowledgePoint | None
    """None for a check that serves a whole rule."""
    item_codes: Sequence[str]
    """Empty when the check looks at every claim."""
    from_day: int
    until_day: int
    asks: Sequence[str] = ()
    """Item codes whose earlier lines the check reads."""
    look_back_days: int = 0
    """How many days before the claim's first day it reads them."""
    care_settings: Sequence[str] = ()
    """Kinds of visit it looks at; empty for all. Only for checks without items, which would else run on every claim."""


Place = Callable[[Rule, Sequence[KnowledgePoint]], Iterable[Placement]]
"""Compiles one rule with its knowledge points into placed checks; one such function per kind."""


def place(
    check: Check,
    rule: Rule,
    point: KnowledgePoint | None = None,
    *,
    item_codes: Sequence[str] | None = None,
    asks: Sequence[str] = (),
    look_back_days: int = 0,
    care_settings: Sequence[str] = (),
) -> Placement:
    """Place a check on the items of its point, within the days on which rule and point both hold."""
    from_day, until_day = days_in_force(rule, point)
    if item_codes is None:
        item_codes = () if point is None else point.item_codes
    return Placement(check, rule, point, item_codes, from_day, until_day, asks, look_back_days, care_settings)


def days_in_force(rule: Rule, point: KnowledgePoint | None) -> tuple[int, int]:
    """First and last day number on which rule and point both hold."""
    from_day = day_number(rule.effective_from)
    until_day = FOREVER if rule.effective_until is None else day_number(rule.effective_until)
    if point is not None:
        from_day = max(from_day, day_number(point.effective_from))
        if point.effective_until is not None:
            until_day = min(until_day, day_number(point.effective_until))
    return from_day, until_day

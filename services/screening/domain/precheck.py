"""Screening a claim before it is settled: the rules of one phase, and which of them could not be judged."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from services.screening.domain.check import Placement
from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.engine import Screening, screen
from services.screening.domain.history import History
from services.screening.domain.judgeable import Unknown, barred, reads
from services.screening.domain.plan import Plan
from services.screening.domain.rules import Phase


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule that applies to the claim and lacks something."""

    rule_code: str
    missing: tuple[Unknown, ...]
    line_numbers: tuple[int, ...]
    """Lines it would have looked at; empty for the visit as a whole."""
    in_part: bool
    """True when it was judged all the same, on what the claim itself tells."""


@dataclass(frozen=True, slots=True)
class Prechecked:
    """What a pre-check tells about one claim."""

    screening: Screening
    not_judged: tuple[NotJudged, ...]
    """In the order of the catalogue."""


@dataclass(slots=True)
class _Admission:
    """Lets checks of the phase run, and notes those that lack something."""

    phase: Phase | None
    rule_codes: Collection[str]
    unknown: frozenset[Unknown]
    noted: dict[tuple[str, tuple[Unknown, ...], bool], set[int]] = field(default_factory=dict)

    def __call__(self, placement: Placement, lines: Sequence[ClaimLine]) -> bool:
        rule = placement.rule
        if self.phase is not None and self.phase not in rule.phases:
            return False
        if self.rule_codes and rule.code not in self.rule_codes:
            return False
        if not self.unknown:
            return True
        missing = reads(placement) & self.unknown
        if not missing:
            return True
        runs = not barred(placement, missing)
        numbers = self.noted.setdefault((rule.code, tuple(sorted(missing)), runs), set())
        if placement.item_codes:
            numbers.update(line.number for line in lines)
        return runs


def precheck(
    plan: Plan,
    claim: Claim,
    history: History,
    *,
    phase: Phase | None = None,
    rule_codes: Collection[str] = (),
    unknown: frozenset[Unknown] = frozenset(),
) -> Prechecked:
    """Screen a claim against the rules of a phase, all of them for None, or of those the ones that are named.

    ``unknown`` names what the claim does not tell and only seems to. With every phase and nothing unknown the findings
    are those of the settlement.
    """
    if phase is None and not rule_codes and not unknown:
        return Prechecked(screen(plan, claim, history), ())
    admission = _Admission(phase, rule_codes, unknown)
    screening = screen(plan, claim, history, admit=admission)
    found = [
        NotJudged(rule_code, missing, tuple(sorted(numbers)), in_part)
        for (rule_code, missing, in_part), numbers in admission.noted.items()
    ]
    found.sort(key=lambda one: (plan.order[one.rule_code], one.missing))
    return Prechecked(screening, tuple(found))

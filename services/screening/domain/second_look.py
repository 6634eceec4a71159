"""What changes when a settlement is screened again: findings that stay, fall, or come anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.finding import Finding
from services.screening.domain.review import RaisedFinding, Status

_DECIDED = frozenset({Status.CONFIRMED, Status.DISMISSED, Status.OVERTURNED})


_Objection = tuple[str, str | None, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What a second look at one settlement leads to."""

    standing: tuple[RaisedFinding, ...]
    """Findings that stay as they are."""
    fallen: tuple[RaisedFinding, ...]
    """Findings that lost their ground, or whose ground or amount is now another."""
    fresh: tuple[Finding, ...]
    """Findings to raise."""


def compare(known: Iterable[RaisedFinding], found: Sequence[Finding]) -> SecondLook:
    """Hold what is found now against what was known.

    What a person decided stands as long as the same rule still objects to the same lines, even if the evidence has
    grown; a finding that nobody has looked at yet is replaced when its evidence or amount changed.
    """
    left: dict[_Objection, list[Finding]] = {}
    for one in found:
        left.setdefault(_objection(one), []).append(one)
    standing: list[RaisedFinding] = []
    fallen: list[RaisedFinding] = []
    for earlier in known:
        status = earlier.review.status
        if status is Status.WITHDRAWN:
            continue
        candidates = left.get(_objection(earlier), [])
        same = next((one for one in candidates if _unchanged(earlier, one)), None)
        if same is None and candidates and status in _DECIDED:
            same = candidates[0]
        if same is not None:
            candidates.remove(same)
            standing.append(earlier)
        elif status in {Status.RAISED, Status.CONFIRMED}:
            # From a dismissed or overturned one nothing follows any more: there is nothing to take back.
            fallen.append(earlier)
    fresh = tuple(one for candidates in left.values() for one in candidates)
    return SecondLook(tuple(standing), tuple(fallen), fresh)


def objected_before(known: Iterable[RaisedFinding], found: Sequence[Finding]) -> list[Finding]:
    """Those of the findings whose rule has spoken on the claim before: at most they correct what was said."""
    raised = {one.rule_code for one in known if one.review.status is not Status.WITHDRAWN}
    return [one for one in found if one.rule_code in raised]


def _objection(finding: Finding | RaisedFinding) -> _Objection:
    return finding.rule_code, finding.knowledge_point, finding.line_numbers


def _unchanged(earlier: RaisedFinding, now: Finding) -> bool:
    return earlier.fingerprint == now.fingerprint and earlier.review.amount_at_issue_fen == now.amount_at_issue_fen

"""Rails at run time: what keeps a rule that has gone wrong from flooding reviewers, and suspicions within a budget."""

from collections.abc import Container, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Literal

from services.screening.domain.attribution import attribute
from services.screening.domain.claim import Claim
from services.screening.domain.finding import Finding
from services.screening.domain.plan import Plan
from services.screening.domain.refunds import net_of_refunds

HeldFor = Literal["paused", "budget"]
"""Why a finding is not sent: its rule is paused, or has raised its number of suspicions for the day."""

Cause = Literal["jump", "share", "failures"]
"""Why a rule is paused by itself."""


@dataclass(frozen=True, slots=True)
class Band:
    """How far the hit rate of a rule may move; our choice, a region sets its own."""

    factor: float = 10.0
    """A rule may strike so many times as often as in the baseline."""
    least_findings: int = 200
    """Fewer findings on a day never pause a rule: rates of small numbers jump."""
    baseline_claims: int = 5_000
    """With fewer claims in the baseline the factor says nothing."""
    most_share: float = 0.5
    """Share of all claims of a day that one rule may strike, known to the baseline or not."""
    most_failures: int = 100
    """Failures of a rule's checks on one day."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """What one rule did on one day, beside what it used to do."""

    findings: int
    failures: int
    claims: int
    """All claims of the day, whatever the rule."""
    baseline_findings: int
    baseline_claims: int


def out_of_band(gauge: Gauge, band: Band) -> Cause | None:
    """Say why a rule has to be paused, None while it is within its band."""
    if gauge.failures >= band.most_failures:
        return "failures"
    if gauge.findings < band.least_findings:
        return None
    if gauge.findings > band.most_share * gauge.claims:
        return "share"
    if gauge.baseline_claims < band.baseline_claims or not gauge.baseline_findings:
        # A rule that never struck before has no band: the blast radius before its activation stands in for it.
        return None
    allowed = band.factor * gauge.baseline_findings / gauge.baseline_claims
    return "jump" if gauge.findings > allowed * gauge.claims else None


@dataclass(slots=True)
class Rails:
    """What holds for one batch: rules that are paused, and suspicions that budgets leave for the day."""

    paused: frozenset[str] = frozenset()
    left: MutableMapping[str, int] = field(default_factory=dict)
    """Suspicions that may still be raised, by rule; a rule that is not named has no budget."""
    released: Container[str] = frozenset()
    """Rules that are neither held nor limited this time, because a person asked for their findings."""

    @property
    def open(self) -> bool:
        """Whether nothing can be held."""
        return not self.paused and not self.left

    def reason(self, finding: Finding) -> HeldFor | None:
        """Say why a finding has to be held, None when it may go; counts it against its budget when it goes."""
        rule = finding.rule_code
        if rule in self.released:
            return None
        if rule in self.paused:
            return "paused"
        if finding.severity == "suspicion" and rule in self.left:
            if self.left[rule] <= 0:
                return "budget"
            self.left[rule] -= 1
        return None


Held = tuple[Finding, HeldFor]


def hold_back(
    rails: Rails, plan: Plan, claim: Claim, findings: tuple[Finding, ...], standing: Iterable[Finding] = ()
) -> tuple[tuple[Finding, ...], list[Held]]:
    """Part findings into those that go and those that are held.

    What goes is attributed anew, so that amounts a held finding took fall to the others. ``standing`` are findings
    among them that were raised before: rails hold nothing that was sent already.
    """
    if rails.open or not findings:
        return findings, []
    sent = {id(finding) for finding in standing}
    kept: list[Finding] = []
    held: list[Held] = []
    for finding in findings:
        reason = None if id(finding) in sent else rails.reason(finding)
        if reason is None:
            kept.append(finding)
        else:
            held.append((finding, reason))
    if not held:
        return findings, []
    amounts = {line.number: line.amount_fen for line in net_of_refunds(claim.lines)}
    return tuple(attribute(kept, amounts, plan.order)), held

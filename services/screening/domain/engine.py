"""Screening one claim: a pure function of plan, claim and history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.screening.domain.attribution import attribute
from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case
from services.screening.domain.check import Placement
from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.finding import Finding, Graded
from services.screening.domain.history import History
from services.screening.domain.plan import Plan
from services.screening.domain.refunds import net_of_refunds

Verdict = Literal["pass", "review", "refuse"]


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """A check that raised: the claim goes on without it, and operators are told. Holds no data of the claim."""

    rule_code: str
    knowledge_point: str | None
    error: str
    """Name of the exception's class."""


@dataclass(frozen=True, slots=True)
class Screening:
    """What came of screening one claim."""

    findings: tuple[Finding, ...]
    """In order of priority, amounts attributed."""
    failures: tuple[CheckFailure, ...]


NOTHING = Screening((), ())


def screen(
    plan: Plan,
    claim: Claim,
    history: History,
    *,
    admit: Callable[[Placement, Sequence[ClaimLine]], bool] | None = None,
) -> Screening:
    """Screen a claim against all that its items and its visit call for.

    ``admit`` is asked for every check that the claim meets and keeps some of them from running; settlements run all.
    The result depends neither on the order of the lines nor on whether the claim itself already stands in the
    history. A check that raises is reported in ``failures`` and loses its findings; the others stand.
    """
    lines: Sequence[ClaimLine] = claim.lines
    for line in lines:
        if line.quantity_e4 <= 0:
            lines = net_of_refunds(lines)
            break
    met = _met(plan.by_item, lines)
    every_claim: Sequence[Placement] = plan.every_claim[claim.care_setting]
    if plan.reads_lists and history.list_of(claim.settlement_ref) is not None:
        every_claim = (*every_claim, *plan.every_list[claim.care_setting])
    if not plan.holds_throughout(claim):
        met = _in_force(met, claim)
        started = day_of(claim.started_at)
        every_claim = [placement for placement in every_claim if placement.from_day <= started <= placement.until_day]
    case = Case(claim, lines, history)
    findings: list[Finding] = []
    failures: list[CheckFailure] = []
    for placement, group in met.items():
        if admit is None or admit(placement, group):
            _run(placement, case, group, findings, failures)
    for placement in every_claim:
        if admit is None or admit(placement, lines):
            _run(placement, case, lines, findings, failures)
    if not findings and not failures:
        return NOTHING
    attributed = attribute(findings, {line.number: line.amount_fen for line in lines}, plan.order)
    return Screening(tuple(attributed), tuple(failures))


def verdict(findings: Iterable[Graded]) -> Verdict:
    """One violation refuses the claim, a suspicion alone calls for a person, nothing lets it pass."""
    severities = {finding.severity for finding in findings}
    if "violation" in severities:
        return "refuse"
    return "review" if severities else "pass"


def _met(by_item: Mapping[str, tuple[Placement, ...]], lines: Sequence[ClaimLine]) -> dict[Placement, list[ClaimLine]]:
    """Return the checks that the items of a claim meet, each with its lines."""
    met: dict[Placement, list[ClaimLine]] = {}
    for line in lines:
        placements = by_item.get(line.item_code)
        if placements is not None:
            for placement in placements:
                group = met.get(placement)
                if group is None:
                    met[placement] = [line]
                else:
                    group.append(line)
    return met


def _run(
    placement: Placement,
    case: Case,
    lines: Sequence[ClaimLine],
    findings: list[Finding],
    failures: list[CheckFailure],
) -> None:
    try:
        findings.extend(list(placement.check.examine(case, lines)))
    except Exception as error:  # noqa: BLE001 - one bad rule must not cost the claim, let alone the batch
        point = None if placement.point is None else placement.point.id
        failures.append(CheckFailure(placement.rule.code, point, type(error).__name__))


def _in_force(met: dict[Placement, list[ClaimLine]], claim: Claim) -> dict[Placement, list[ClaimLine]]:
    """Keep of each check's lines those on whose day of service it held.

    The day of service is the day the fee arose, held within the visit, so that a wrong billing date does not
    choose the law.
    """
    kept: dict[Placement, list[ClaimLine]] = {}
    for placement, lines in met.items():
        for line in lines:
            day = day_of(min(max(line.charged_at, claim.started_at), claim.ended_at))
            if placement.from_day <= day <= placement.until_day:
                kept.setdefault(placement, []).append(line)
    return kept

"""Refuse a sanction in words: which part contradicts the rules or what stands, with a pointer to each."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from services.credit.domain.policy import PointsPolicy
from services.credit.domain.sanction import Problem, Sanction
from services.credit.storage.findings import ConfirmedFinding
from services.credit.storage.register import RegisteredInstitution, RegisteredPractitioner
from services.kit.errors import Conflict, FieldError, Malformed

_TEXTS: dict[str, tuple[str, str]] = {
    "date_in_future": ("处理决定日期不能晚于今天。", "The decision cannot lie in the future."),
    "receipt_misdated": (
        "处理决定的收到日期不能早于决定日期，也不能晚于今天。",
        "A decision is received on its own day or later, and not in the future.",
    ),
    "kind_unknown": ("现行政策没有这种处理类型。", "The policy in force knows no such kind of sanction."),
    "cause_unknown": ("现行政策没有这种记分情形。", "The policy in force knows no such cause."),
    "band_not_allowed": (
        "该处理类型不能适用这一记分档。",
        "This kind of sanction does not allow this band.",
    ),
    "degree_unknown": ("责任程度不正确。", "There is no such degree of responsibility."),
    "finding_missing": (
        "该处理类型的违规行为须有已确认的疑点。",
        "A violation under this kind must rest on confirmed findings.",
    ),
    "agreement_end_misstated": (
        "中止协议须写明截止日期，且不早于决定日期；其他情形不填。",
        "A suspension of the agreement has a last day, not before the decision; nothing else has one.",
    ),
    "violation_missing": (
        "未中止或解除协议的，责任人员须列明违规行为。",
        "Unless the agreement is suspended or terminated, a responsible person has a violation.",
    ),
    "person_repeated": ("同一人员只能出现一次。", "A person is named once."),
    "finding_repeated": ("同一疑点对同一人员只能记分一次。", "A finding is scored once for a person."),
    "institution_unknown": ("没有登记这家机构。", "The institution is not registered."),
    "finding_not_confirmed": (
        "该疑点未被确认、已被撤销，或不属于该机构。",
        "The finding is not confirmed, no longer stands, or is not of this institution.",
    ),
    "practitioner_unknown": ("没有登记该人员。", "The practitioner is not registered."),
    "practitioner_not_covered": (
        "该人员不属于现行政策的记分对象。",
        "The policy does not score this category of staff.",
    ),
    "finding_already_scored": ("该疑点已对该人员记过分。", "The finding has been scored for this person already."),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands, as read under lock, for a sanction to be held against."""

    institution: RegisteredInstitution | None
    findings: Mapping[UUID, ConfirmedFinding]
    """Findings named by the sanction that are confirmed and stand."""
    people: Mapping[str, RegisteredPractitioner]
    scored: AbstractSet[tuple[UUID, str]]
    """Findings already scored, each with its practitioner."""


def refuse_contradictions(sanction: Sanction, policy: PointsPolicy, facts: Facts) -> None:
    """Raise Conflict, with a pointer to each contradiction, unless the sanction agrees with what stands."""
    problems = list(_contradictions(sanction, policy, facts))
    if problems:
        zh, en = _TEXTS[problems[0].code]
        raise Conflict(problems[0].code, zh=zh, en=en, fields=_fields(problems))


def misstated(problems: Sequence[Problem]) -> Malformed:
    """Return the refusal of a sanction that is wrong by itself."""
    return Malformed(
        "sanction_malformed", zh="处理决定填写有误。", en="The sanction is misstated.", fields=_fields(problems)
    )


def taken() -> Conflict:
    """Return the refusal of another sanction under a known id."""
    return Conflict(
        "sanction_differs",
        zh="该编号已登记了内容不同的处理决定。",
        en="A different sanction is recorded under this id.",
    )


def no_policy() -> Conflict:
    """Return the refusal of a decision from a day without policy."""
    pointer = FieldError("/decided_on", "no_policy_in_force", *_NO_POLICY)
    return Conflict("no_policy_in_force", zh=_NO_POLICY[0], en=_NO_POLICY[1], fields=[pointer])


_NO_POLICY = ("处理决定作出之日没有生效的记分政策。", "No scoring policy was in force on the day of the decision.")


def _contradictions(sanction: Sanction, policy: PointsPolicy, facts: Facts) -> Iterator[Problem]:
    if facts.institution is None:
        yield Problem("/institution_code", "institution_unknown")
    yield from _unconfirmed(sanction, facts)
    for place, person in enumerate(sanction.persons):
        pointer = f"/persons/{place}"
        known = facts.people.get(person.practitioner_code)
        if known is None:
            yield Problem(f"{pointer}/practitioner_code", "practitioner_unknown")
        elif facts.institution is not None and known.category not in policy.covered[facts.institution.kind]:
            yield Problem(f"{pointer}/practitioner_code", "practitioner_not_covered")
        for number, violation in enumerate(person.violations):
            for index, finding_id in enumerate(violation.finding_ids):
                if (finding_id, person.practitioner_code) in facts.scored:
                    yield Problem(f"{pointer}/violations/{number}/finding_ids/{index}", "finding_already_scored")


def _unconfirmed(sanction: Sanction, facts: Facts) -> Iterator[Problem]:
    named = [(f"/finding_ids/{index}", finding) for index, finding in enumerate(sanction.answered_finding_ids)]
    named += [
        (f"{pointer}/finding_ids/{index}", finding)
        for pointer, violation in sanction.violations()
        for index, finding in enumerate(violation.finding_ids)
    ]
    for pointer, finding_id in named:
        finding = facts.findings.get(finding_id)
        if finding is None or finding.institution_code != sanction.institution_code:
            yield Problem(pointer, "finding_not_confirmed")


def _fields(problems: Sequence[Problem]) -> list[FieldError]:
    return [FieldError(problem.pointer, problem.code, *_TEXTS[problem.code]) for problem in problems]

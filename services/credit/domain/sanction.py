"""A sanction against an institution (协议处理、行政处罚) and the persons its authority holds responsible."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.credit.domain.agreement import AgreementEffect
from services.credit.domain.band import BandPoints, Modifier, ModifierReach, points_of
from services.credit.domain.policy import PointsPolicy


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation of one person; it may rest on several findings and is scored once."""

    finding_ids: tuple[UUID, ...]
    band_cause: str
    degree: str
    modifier: Modifier = Modifier.NONE
    reach: ModifierReach = ModifierReach.ONE_BAND


@dataclass(frozen=True, slots=True)
class ResponsiblePerson:
    """A person held responsible, with the different violations that add up (医保办发〔2024〕34号 Art. 26)."""

    practitioner_code: str
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Sanction:
    """A decision against an institution; without one nobody is scored."""

    sanction_id: UUID
    institution_code: str
    kind: str
    deciding_authority: str
    document_number: str
    decided_on: date
    persons: tuple[ResponsiblePerson, ...]
    answered_finding_ids: tuple[UUID, ...] = ()
    """Findings the sanction answers beside those of the persons; whom they name is proposed for points."""
    received_on: date | None = None
    """Day on which the penalty decision was received, from which the notice's term runs; None: the decision's day."""
    agreement: AgreementEffect | None = None
    """What the decision does to the agreement, and so to the persons it names."""
    agreement_until: date | None = None
    """Last day of the agreement's suspension; None unless it is suspended."""

    def finding_ids(self) -> set[UUID]:
        """Return every finding the sanction names."""
        scored = {finding for _, violation in self.violations() for finding in violation.finding_ids}
        return scored.union(self.answered_finding_ids)

    def violations(self) -> Iterator[tuple[str, Violation]]:
        """Yield each violation with a JSON pointer to it in the order given."""
        for place, person in enumerate(self.persons):
            for number, violation in enumerate(person.violations):
                yield f"/persons/{place}/violations/{number}", violation


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a sanction cannot be recorded: where, and a stable code."""

    pointer: str
    code: str


def formal_problems(sanction: Sanction, policy: PointsPolicy, today: date) -> list[Problem]:
    """Return what is wrong with a sanction by itself, before any finding or person is looked up."""
    problems = []
    if sanction.decided_on > today:
        problems.append(Problem("/decided_on", "date_in_future"))
    if sanction.received_on is not None and not sanction.decided_on <= sanction.received_on <= today:
        problems.append(Problem("/received_on", "receipt_misdated"))
    if (sanction.agreement is AgreementEffect.SUSPENDED) != (sanction.agreement_until is not None) or (
        sanction.agreement_until is not None and sanction.agreement_until < sanction.decided_on
    ):
        problems.append(Problem("/agreement_until", "agreement_end_misstated"))
    if sanction.agreement is None:
        problems += [
            Problem(f"/persons/{place}/violations", "violation_missing")
            for place, person in enumerate(sanction.persons)
            if not person.violations
        ]
    kind = policy.kinds.get(sanction.kind)
    if kind is None:
        return [*problems, Problem("/kind", "kind_unknown")]
    for pointer, violation in sanction.violations():
        cause = policy.causes.get(violation.band_cause)
        if cause is None:
            problems.append(Problem(f"{pointer}/band_cause", "cause_unknown"))
        elif cause.band not in kind.bands:
            problems.append(Problem(f"{pointer}/band_cause", "band_not_allowed"))
        if violation.degree not in policy.degree_positions:
            problems.append(Problem(f"{pointer}/degree", "degree_unknown"))
        if kind.needs_findings and not violation.finding_ids:
            problems.append(Problem(f"{pointer}/finding_ids", "finding_missing"))
    return [*problems, *_repetitions(sanction)]


def _repetitions(sanction: Sanction) -> list[Problem]:
    """Find persons named twice, and findings that would be scored twice for one person."""
    problems = []
    persons: set[str] = set()
    for place, person in enumerate(sanction.persons):
        if person.practitioner_code in persons:
            problems.append(Problem(f"/persons/{place}/practitioner_code", "person_repeated"))
        persons.add(person.practitioner_code)
        named: set[UUID] = set()
        for number, violation in enumerate(person.violations):
            for index, finding in enumerate(violation.finding_ids):
                if finding in named:
                    pointer = f"/persons/{place}/violations/{number}/finding_ids/{index}"
                    problems.append(Problem(pointer, "finding_repeated"))
                named.add(finding)
    return problems


def violation_points(policy: PointsPolicy, violation: Violation) -> BandPoints:
    """Return the band and points of a violation that has no formal problem."""
    band = policy.causes[violation.band_cause].band
    return points_of(policy, band, violation.degree, violation.modifier, violation.reach)

"""What credit states, made from its own objects."""

from datetime import datetime

from services.contracts.credit import (
    InstitutionRated,
    PointsRecorded,
    PractitionerReinstated,
    PractitionerSuspended,
    PractitionerTerminated,
)
from services.credit.domain.ledger import PointsEntry
from services.credit.domain.measure import MeasureKind, StatedMeasure


def recorded(entry: PointsEntry, total_points: int) -> PointsRecorded:
    """State an entry of the points ledger and the points of its year after it."""
    return PointsRecorded(
        entry_id=entry.entry_id,
        practitioner_code=entry.practitioner_code,
        year=entry.year,
        points=entry.points,
        total_points=total_points,
        sanction_id=entry.sanction_id,
        counters_entry_id=entry.counters_entry_id,
        recorded_at=entry.recorded_at,
    )


def imposed(stated: StatedMeasure) -> PractitionerSuspended | PractitionerTerminated:
    """State a suspension or termination."""
    measure = stated.measure
    match measure.kind:
        case MeasureKind.SUSPENSION:
            return PractitionerSuspended(
                measure_id=stated.measure_id,
                practitioner_code=stated.practitioner_code,
                effective_from=measure.effective_from,
                effective_until=measure.effective_until,
                policy_version=measure.policy_version,
            )
        case MeasureKind.TERMINATION:
            return PractitionerTerminated(
                measure_id=stated.measure_id,
                practitioner_code=stated.practitioner_code,
                effective_from=measure.effective_from,
                no_registration_until=measure.effective_until,
                policy_version=measure.policy_version,
            )


def reinstated(stated: StatedMeasure) -> PractitionerReinstated:
    """State that a measure never had a ground: it is undone from its own beginning."""
    return PractitionerReinstated(
        measure_id=stated.measure_id,
        practitioner_code=stated.practitioner_code,
        effective_from=stated.measure.effective_from,
    )


def ended_early(stated: StatedMeasure) -> PractitionerReinstated:
    """State that a measure ends before its time, or by a new registration; it did stand until then."""
    ends_at = stated.measure.ends_at
    if ends_at is None:
        raise ValueError(f"measure {stated.measure_id} has no end")
    return PractitionerReinstated(
        measure_id=stated.measure_id, practitioner_code=stated.practitioner_code, effective_from=ends_at
    )


def rated(
    institution_code: str, *, score_e2: int, tier: str, policy_version: str, rated_at: datetime
) -> InstitutionRated:
    """State the score of an institution."""
    return InstitutionRated(
        institution_code=institution_code,
        score_e2=score_e2,
        tier=tier,
        policy_version=policy_version,
        rated_at=rated_at,
    )

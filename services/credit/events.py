"""What credit states, made from its own objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.contracts.credit import (
    InstitutionOverridden,
    InstitutionRated,
    PointsRecorded,
    PractitionerReinstated,
    PractitionerSuspended,
    PractitionerTerminated,
    RatingConcluded,
    SanctionAnnulled,
    SanctionRecorded,
)
from services.credit.domain.ledger import PointsEntry
from services.credit.domain.measure import MeasureKind, StatedMeasure
from services.credit.domain.override import Override
from services.credit.domain.rating_policy import RatingPolicy, Recommendation
from services.credit.domain.sanction import Sanction


@dataclass(frozen=True, slots=True)
class RatingIdentity:
    """Which yearly rating a fact is about, and which of its facts."""

    rating_id: UUID
    institution_code: str
    region: str
    year: int
    revision: int


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


def concluded(
    rated: RatingIdentity,
    policy: RatingPolicy,
    grade: str,
    consequences: Sequence[Recommendation],
    *,
    score_e2: int,
    previous_grade: str | None,
    corrected: bool,
    concluded_at: datetime,
) -> RatingConcluded:
    """State that a yearly rating is final, or was corrected."""
    return RatingConcluded(
        rating_id=rated.rating_id,
        revision=rated.revision,
        institution_code=rated.institution_code,
        region=rated.region,
        year=rated.year,
        grade=grade,
        grade_place=policy.places[grade],
        grades=len(policy.grades),
        score_e2=score_e2,
        policy_version=policy.version,
        previous_grade=previous_grade,
        corrected=corrected,
        consequences=tuple(one.code for one in consequences),
        concluded_at=concluded_at,
    )


def overridden(override: Override) -> InstitutionOverridden:
    """State an override that was approved, or its revocation; raises ValueError for one that was not approved."""
    if override.approved_at is None:
        raise ValueError(f"override {override.override_id} was not approved")
    return InstitutionOverridden(
        override_id=override.override_id,
        institution_code=override.institution_code,
        target=override.target.value,
        rated_year=override.year,
        how=override.kind.value,
        score_e2=override.value_e2,
        grade=override.grade,
        first_day=override.holds_from.isoformat(),
        last_day=override.holds_until.isoformat(),
        approved_at=override.approved_at,
        revoked_at=override.revoked_at,
    )


def sanctioned(sanction: Sanction, *, policy_version: str, recorded_at: datetime) -> SanctionRecorded:
    """State that a sanction was recorded."""
    return SanctionRecorded(
        sanction_id=sanction.sanction_id,
        institution_code=sanction.institution_code,
        sanction_kind=sanction.kind,
        decided_on=sanction.decided_on,
        policy_version=policy_version,
        recorded_at=recorded_at,
    )


def annulled(sanction_id: UUID, institution_code: str, *, annulled_on: date, recorded_at: datetime) -> SanctionAnnulled:
    """State that a sanction was set aside."""
    return SanctionAnnulled(
        sanction_id=sanction_id,
        institution_code=institution_code,
        annulled_on=annulled_on,
        recorded_at=recorded_at,
    )

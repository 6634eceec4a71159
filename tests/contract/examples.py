"""One complete example of every fact: each field set, none left at its default."""

from datetime import UTC, date, datetime
from uuid import UUID

from services.contracts import Fact
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
from services.contracts.intake import (
    InstitutionAtService,
    InstitutionChanged,
    PractitionerChanged,
    SettlementAccepted,
    SettlementLine,
    SettlementReversed,
)
from services.contracts.screening import (
    FindingConfirmed,
    FindingDismissed,
    FindingOverturned,
    FindingRaised,
    FindingWithdrawn,
    RulebookActivated,
    SettlementScreened,
)
from services.contracts.tips import TipAccepted, TipClosed, TipSubstantiated

HOSPITAL = "H11010500001"
PHYSICIAN = "D110105000017"
INSURED = "5d41402abc4b2a76b9719d911017c592"
SETTLEMENT = UUID("01953c2e-8a00-7000-8000-000000000001")
FINDING = UUID("01953c2e-8a00-7000-8000-000000000002")
SANCTION = UUID("01953c2e-8a00-7000-8000-000000000003")
ENTRY = UUID("01953c2e-8a00-7000-8000-000000000004")
MEASURE = UUID("01953c2e-8a00-7000-8000-000000000005")
RATING = UUID("01953c2e-8a00-7000-8000-000000000008")
OVERRIDE = UUID("01953c2e-8a00-7000-8000-000000000009")
TIP = UUID("01953c2e-8a00-7000-8000-000000000006")
COUNTERED = UUID("01953c2e-8a00-7000-8000-000000000007")


def at(hour: int, day: int = 10) -> datetime:
    """An instant in March 2026."""
    return datetime(2026, 3, day, hour, 30, tzinfo=UTC)


EXAMPLES: tuple[Fact, ...] = (
    SettlementAccepted(
        settlement_ref=SETTLEMENT,
        settlement_id="20260310-000017",
        institution=InstitutionAtService(code=HOSPITAL, kind="hospital", level=3, region="110105"),
        insured_ref=INSURED,
        sex="female",
        age_days=12_410,
        insurance_type="310",
        insured_region="110105",
        medical_type="11",
        care_setting="outpatient",
        started_at=at(1),
        ended_at=at(2),
        settled_at=at(3),
        diagnosis_codes=("J06.900", "I10.x00"),
        practitioner_code=PHYSICIAN,
        department_code="A03",
        total_fen=13_450,
        fund_fen=9_000,
        account_fen=3_000,
        cash_fen=1_450,
        lines=(
            SettlementLine(
                number=1,
                item_code="XA02BCA214B002010178409",
                item_kind="drug",
                quantity_e4=20_000,
                unit_price_e4=57_250_000,
                amount_fen=11_450,
                charged_at=at(2),
                practitioner_code=PHYSICIAN,
                department_code="A03",
                traceability_codes=("81234567890123456789",),
                split_pack=True,
            ),
            SettlementLine(
                number=2,
                item_code="001101000010000",
                item_kind="service",
                quantity_e4=10_000,
                unit_price_e4=20_000_000,
                amount_fen=2_000,
                charged_at=at(2),
            ),
        ),
    ),
    SettlementReversed(
        settlement_ref=SETTLEMENT,
        settlement_id="20260310-000017",
        institution_code=HOSPITAL,
        insured_ref=INSURED,
        reversed_at=at(6),
    ),
    InstitutionChanged(
        institution_code=HOSPITAL,
        kind="hospital",
        level=3,
        region="110105",
        active=True,
        agreement_from=date(2026, 1, 1),
        agreement_until=date(2026, 12, 31),
    ),
    PractitionerChanged(
        practitioner_code=PHYSICIAN, category="physician", institution_codes=(HOSPITAL, "H11010500002"), active=True
    ),
    SettlementScreened(
        settlement_ref=SETTLEMENT,
        settlement_id="20260310-000017",
        institution_code=HOSPITAL,
        rulebook_version="national-2025.1",
        verdict="refuse",
        screened_at=at(4),
        finding_ids=(FINDING,),
        amount_at_issue_fen=11_450,
    ),
    FindingRaised(
        finding_id=FINDING,
        settlement_ref=SETTLEMENT,
        institution_code=HOSPITAL,
        practitioner_codes=(PHYSICIAN,),
        rule_code="A-0101",
        knowledge_point="sex.001",
        severity="violation",
        amount_at_issue_fen=11_450,
        rulebook_version="national-2025.1",
        raised_at=at(4),
    ),
    FindingConfirmed(
        finding_id=FINDING,
        settlement_ref=SETTLEMENT,
        institution_code=HOSPITAL,
        practitioner_codes=(PHYSICIAN,),
        rule_code="A-0101",
        severity="violation",
        amount_fen=11_450,
        confirmed_at=at(8),
    ),
    FindingDismissed(finding_id=FINDING, settlement_ref=SETTLEMENT, institution_code=HOSPITAL, dismissed_at=at(8)),
    FindingWithdrawn(finding_id=FINDING, settlement_ref=SETTLEMENT, institution_code=HOSPITAL, withdrawn_at=at(7)),
    FindingOverturned(
        finding_id=FINDING,
        settlement_ref=SETTLEMENT,
        institution_code=HOSPITAL,
        amount_fen=11_450,
        overturned_at=at(9, day=24),
    ),
    RulebookActivated(rulebook_version="national-2025.1", activated_at=at(0)),
    PointsRecorded(
        entry_id=ENTRY,
        practitioner_code=PHYSICIAN,
        year=2026,
        points=-3,
        total_points=6,
        sanction_id=SANCTION,
        counters_entry_id=COUNTERED,
        recorded_at=at(9),
    ),
    PractitionerSuspended(
        measure_id=MEASURE,
        practitioner_code=PHYSICIAN,
        effective_from=at(9),
        effective_until=datetime(2026, 5, 10, 16, 0, tzinfo=UTC),
        policy_version="national-2024",
    ),
    PractitionerTerminated(
        measure_id=MEASURE,
        practitioner_code=PHYSICIAN,
        effective_from=at(9),
        no_registration_until=datetime(2027, 3, 10, 16, 0, tzinfo=UTC),
        policy_version="national-2024",
    ),
    PractitionerReinstated(measure_id=MEASURE, practitioner_code=PHYSICIAN, effective_from=at(9)),
    InstitutionRated(
        institution_code=HOSPITAL, score_e2=8_750, tier="good", policy_version="national-2024", rated_at=at(10)
    ),
    RatingConcluded(
        rating_id=RATING,
        revision=3,
        institution_code=HOSPITAL,
        region="110105",
        year=2026,
        grade="good",
        grade_place=1,
        grades=4,
        score_e2=8_350,
        policy_version="rating-national-2025",
        previous_grade="excellent",
        corrected=True,
        consequences=("usual_inspections",),
        concluded_at=at(11),
    ),
    InstitutionOverridden(
        override_id=OVERRIDE,
        institution_code=HOSPITAL,
        target="annual",
        rated_year=2026,
        how="ceiling",
        score_e2=7_900,
        grade="qualified",
        first_day="2027-04-01",
        last_day="2027-06-30",
        approved_at=at(12),
        revoked_at=at(13),
    ),
    SanctionRecorded(
        sanction_id=SANCTION,
        institution_code=HOSPITAL,
        sanction_kind="penalty_article_40",
        decided_on=date(2026, 3, 10),
        policy_version="national-2024",
        recorded_at=at(9),
    ),
    SanctionAnnulled(
        sanction_id=SANCTION, institution_code=HOSPITAL, annulled_on=date(2026, 3, 20), recorded_at=at(9, 20)
    ),
    TipAccepted(tip_id=TIP, institution_code=HOSPITAL, accepted_at=at(5)),
    TipSubstantiated(
        tip_id=TIP,
        institution_code=HOSPITAL,
        finding_ids=(FINDING,),
        case_value_fen=11_450,
        substantiated_at=at(9),
    ),
    TipClosed(tip_id=TIP, institution_code=HOSPITAL, outcome="substantiated", closed_at=at(11)),
)

"""What intake knows, said as facts."""

from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from services.contracts.intake import (
    InstitutionAtService,
    InstitutionChanged,
    PractitionerChanged,
    SettlementAccepted,
    SettlementLine,
    SettlementReversed,
)
from services.intake.domain.examination import Examination
from services.intake.domain.medical_type import care_setting
from services.intake.domain.registry import Institution, Practitioner
from services.intake.domain.settlement import PostedSettlement

DIGEST_BYTES = 16
_CONTENT_FROM = b'"insured_ref":'


def institution_at_service(institution: Institution) -> InstitutionAtService:
    """Return what a settlement keeps of its institution."""
    return InstitutionAtService(
        code=institution.code, kind=institution.kind, level=institution.level, region=institution.region
    )


def settlement_accepted(
    posted: PostedSettlement,
    examined: Examination,
    institution: InstitutionAtService,
    *,
    settlement_ref: UUID,
    insured_ref: str,
) -> SettlementAccepted:
    """State that a settlement without problems was accepted."""
    return SettlementAccepted(
        settlement_ref=settlement_ref,
        settlement_id=posted.settlement_id,
        institution=institution,
        insured_ref=insured_ref,
        sex=posted.insured_person.sex,
        age_days=examined.age_days,
        insurance_type=posted.insurance_type,
        insured_region=posted.insured_region,
        medical_type=posted.medical_type,
        care_setting=care_setting(posted.medical_type),
        started_at=examined.started_at,
        ended_at=examined.ended_at,
        settled_at=examined.settled_at,
        diagnosis_codes=posted.diagnosis_codes,
        practitioner_code=posted.practitioner_code,
        department_code=posted.department_code,
        total_fen=posted.total_fen,
        fund_fen=posted.fund_paid_fen,
        account_fen=posted.account_paid_fen,
        cash_fen=posted.cash_paid_fen,
        lines=tuple(
            [
                SettlementLine(
                    number=line.number,
                    item_code=line.item_code,
                    item_kind=kind,
                    quantity_e4=quantity_e4,
                    unit_price_e4=unit_price_e4,
                    amount_fen=line.amount_fen,
                    charged_at=charged_at,
                    practitioner_code=line.practitioner_code,
                    department_code=line.department_code,
                    traceability_codes=line.traceability_codes,
                    split_pack=line.split_pack,
                )
                for line, (kind, quantity_e4, unit_price_e4, charged_at) in zip(
                    posted.lines, examined.lines, strict=True
                )
            ]
        ),
    )


def content_digest(payload: bytes) -> bytes:
    """Return the digest of what an institution posted, from the JSON of the fact made of it.

    The fact begins with what is ours and may differ the next time, our id and the registry's entry; the content begins
    with the insured person. Being made of decoded values, it does not depend on white space, the order of fields, the
    offset of an instant or the way a number was written. Raises ValueError when the payload is no such fact.
    """
    return blake2b(memoryview(payload)[payload.index(_CONTENT_FROM) :], digest_size=DIGEST_BYTES).digest()


def settlement_reversed(
    *, settlement_ref: UUID, settlement_id: str, institution_code: str, insured_ref: str, now: datetime
) -> SettlementReversed:
    """State that a settlement was taken back."""
    return SettlementReversed(
        settlement_ref=settlement_ref,
        settlement_id=settlement_id,
        institution_code=institution_code,
        insured_ref=insured_ref,
        reversed_at=now,
    )


def institution_changed(institution: Institution) -> InstitutionChanged:
    """State how the registry's entry of an institution now reads; its name stays here."""
    return InstitutionChanged(
        institution_code=institution.code,
        kind=institution.kind,
        level=institution.level,
        region=institution.region,
        active=institution.active,
        agreement_from=institution.agreement_from,
        agreement_until=institution.agreement_until,
        name=institution.name,
    )


def practitioner_changed(practitioner: Practitioner) -> PractitionerChanged:
    """State how the registry's entry of a practitioner now reads; the name stays here."""
    return PractitionerChanged(
        practitioner_code=practitioner.code,
        category=practitioner.category,
        institution_codes=practitioner.institution_codes,
        active=practitioner.active,
    )

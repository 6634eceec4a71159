"""What intake knows, said as facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from msgspec import json, structs

from services.contracts.intake import (
    InstitutionAtService,
    PractitionerCategory,
    ReversedLine,
    SettlementAccepted,
    SettlementLine,
    SettlementPartlyReversed,
    SettlementReversed,
    Sex,
    StockMoved,
)
from services.intake.domain.codes import ItemKind
from services.intake.domain.examination import Examination, LineDetails
from services.intake.domain.medical_type import care_setting
from services.intake.domain.registry import Institution
from services.intake.domain.reversal import Left, Taken, total
from services.intake.domain.settlement import PostedLine, PostedSettlement
from services.intake.domain.stock import ExaminedMovement, PostedMovement

DIGEST_BYTES = 16
_NOBODY = UUID(int=0)
_encode = json.Encoder().encode
_CONTENT_FROM = b'"insured_ref":'


def institution_at_service(institution: Institution, *, under_agreement: bool = True) -> InstitutionAtService:
    """Return what a settlement keeps of its institution, as that was on the day of service."""
    return InstitutionAtService(
        code=institution.code,
        kind=institution.kind,
        level=institution.level,
        region=institution.region,
        category=institution.category,
        scope=institution.scope,
        status=institution.state if under_agreement or institution.state != "active" else None,
    )


class HeldAtService(NamedTuple):
    """What the registry held on the day of service and the settlement's fact carries."""

    institution: InstitutionAtService
    practitioner_category: PractitionerCategory | None = None
    practitioner_title: str | None = None
    department_standard_code: str | None = None


def settlement_accepted(
    posted: PostedSettlement,
    examined: Examination,
    held: HeldAtService,
    *,
    settlement_ref: UUID,
    insured_ref: str,
    received_at: datetime,
) -> SettlementAccepted:
    """State that a settlement without problems was accepted."""
    return SettlementAccepted(
        settlement_ref=settlement_ref,
        settlement_id=posted.settlement_id,
        institution=held.institution,
        practitioner_category=held.practitioner_category,
        practitioner_title=held.practitioner_title,
        department_standard_code=held.department_standard_code,
        received_at=received_at,
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
                if details is None
                else _detailed(line, kind, quantity_e4, unit_price_e4, details, charged_at)
                for line, (kind, quantity_e4, unit_price_e4, details, charged_at) in zip(
                    posted.lines, examined.lines, strict=True
                )
            ]
        ),
    )


def _detailed(
    line: PostedLine,
    kind: ItemKind,
    quantity_e4: int,
    unit_price_e4: int,
    details: LineDetails,
    charged_at: datetime,
) -> SettlementLine:
    """Return a line that says more than it must; apart, so that the others do not pay for it."""
    return SettlementLine(
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
        fund_scope_fen=line.fund_scope_fen,
        prescription_number=line.prescription_number,
        hospital_item_code=line.hospital_item_code,
        days_of_supply_e2=details.days_of_supply_e2,
        dose_e4=details.dose_e4,
        doses_per_day_e4=details.doses_per_day_e4,
        refund_of=line.refund_of,
    )


def with_person(fact: SettlementAccepted, *, sex: Sex | None, age_days: int | None) -> SettlementAccepted:
    """Return the fact with what the registry knows of the person and the institution did not send."""
    return structs.replace(
        fact,
        sex=fact.sex if sex is None else sex,
        age_days=fact.age_days if age_days is None else age_days,
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


def settlement_partly_reversed(
    whole: SettlementReversed, reversal_id: str, taken: Sequence[Taken], rest: Mapping[int, Left]
) -> SettlementPartlyReversed:
    """State that a part of a settlement was taken back, and what remains; ``whole`` would say that all of it was."""
    return SettlementPartlyReversed(
        settlement_ref=whole.settlement_ref,
        settlement_id=whole.settlement_id,
        institution_code=whole.institution_code,
        insured_ref=whole.insured_ref,
        reversal_id=reversal_id,
        reversed_at=whole.reversed_at,
        amount_fen=sum(one.amount_fen for one in taken),
        remaining_fen=total(rest),
        lines=tuple(
            ReversedLine(
                number=one.number,
                item_code=rest[one.number].line.item_code,
                quantity_e4=one.quantity_e4,
                amount_fen=one.amount_fen,
                remaining_quantity_e4=rest[one.number].quantity_e4,
                remaining_amount_fen=rest[one.number].amount_fen,
            )
            for one in taken
        ),
        returned_lines=tuple(number for number, one in rest.items() if one.nothing),
    )


def stock_moved(posted: PostedMovement, examined: ExaminedMovement, *, movement_ref: UUID) -> StockMoved:
    """State a movement without problems; what it refers to and what is doubtful about it is filled in when stored."""
    return StockMoved(
        movement_ref=movement_ref,
        institution_code=posted.institution_code,
        movement_id=posted.movement_id,
        movement_kind=posted.kind,
        moved_at=examined.moved_at,
        item_code=posted.item_code,
        item_kind=examined.item_kind,
        hospital_item_code=posted.hospital_item_code,
        quantity_e4=examined.quantity_e4,
        effect_e4=examined.effect_e4,
        unit_price_e4=examined.unit_price_e4,
        amount_fen=posted.amount_fen,
        batch_number=posted.batch_number,
        produced_on=posted.produced_on,
        expires_on=posted.expires_on,
        traceability_codes=posted.traceability_codes,
        split_pack=posted.split_pack,
        change_reason=posted.change_reason,
        document_number=posted.document_number,
        supplier_permit=posted.supplier_permit,
        prescription_number=posted.prescription_number,
        prescription_drug=posted.prescription_drug,
        paid_by=posted.paid_by,
        settlement_id=posted.settlement_id,
        visit_id=posted.visit_id,
        refers_to=posted.refers_to,
    )


def movement_digest(fact: StockMoved) -> bytes:
    """Return the digest of what an institution reported, from the fact as it was before anything was filled in."""
    return blake2b(_encode(structs.replace(fact, movement_ref=_NOBODY)), digest_size=DIGEST_BYTES).digest()

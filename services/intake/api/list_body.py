"""The body of a filed settlement list (结算清单)."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from services.contracts.settlement_list import (
    BloodTransfusion,
    IntensiveCareStay,
    ListedDiagnosis,
    ListedFee,
    ListedOperation,
    ListedPayment,
)
from services.intake.api.struct_body import StructBody
from services.intake.domain.settlement_list import MOST_ENTRIES

Instant = Annotated[datetime, Meta(tz=True, description="ISO 8601 带时区 / with its offset")]
Text = Annotated[str, Meta(max_length=64)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=MOST_ENTRIES)]
Grams = Annotated[tuple[int, ...], Meta(max_length=10, description="克 / grams")]
Fen = Annotated[int, Meta(description="分 / fen", ge=-(10**16 - 1), le=10**16 - 1)]
MostEntries = Meta(max_length=MOST_ENTRIES)


class SettlementListBody(Struct, gc=False, kw_only=True):
    """A settlement list as an institution files it; names, addresses and id-cards have no place in it."""

    settlement_id: Text
    institution_code: Annotated[str, Meta(max_length=12)]
    version: (
        Annotated[int, Meta(description="版本，缺省为内容变更时递增 / left out, it follows from the content")] | None
    ) = None
    insured_number: Text | None = None
    visit_id: Text | None = None
    admitted_at: Instant | None = None
    discharged_at: Instant | None = None
    stay_days: int | None = None
    admission_way: Text | None = None
    inpatient_type: Text | None = None
    treatment_type: Text | None = None
    admission_department: Text | None = None
    discharge_department: Text | None = None
    transfer_departments: Texts = ()
    discharge_way: Text | None = None
    receiving_institution: Text | None = None
    readmission_plan: Text | None = None
    outpatient_diagnosis: Text | None = None
    outpatient_tcm_diagnosis: Text | None = None
    special_disease_codes: Texts = ()
    diagnoses: Annotated[tuple[ListedDiagnosis, ...], MostEntries] = ()
    operations: Annotated[tuple[ListedOperation, ...], MostEntries] = ()
    intensive_care: Annotated[tuple[IntensiveCareStay, ...], MostEntries] = ()
    transfusions: Annotated[tuple[BloodTransfusion, ...], MostEntries] = ()
    fees: Annotated[tuple[ListedFee, ...], MostEntries] = ()
    payments: Annotated[tuple[ListedPayment, ...], MostEntries] = ()
    newborn_age_days: int | None = None
    newborn_birth_weights_g: Grams = ()
    newborn_admission_weights_g: Grams = ()
    ventilator_minutes: int | None = None
    coma_before_minutes: int | None = None
    coma_after_minutes: int | None = None
    special_nursing_days: int | None = None
    nursing_days_1: int | None = None
    nursing_days_2: int | None = None
    nursing_days_3: int | None = None
    attending_code: Text | None = None
    nurse_code: Text | None = None
    payment_method: Text | None = None
    settled_from: date | None = None
    settled_until: date | None = None
    self_paid_fen: Fen | None = None
    own_expense_fen: Fen | None = None
    account_fen: Fen | None = None
    cash_fen: Fen | None = None


SETTLEMENT_LIST = StructBody(SettlementListBody)

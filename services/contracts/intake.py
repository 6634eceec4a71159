"""Facts that intake states: settlements accepted or reversed, and changes of its registry.

Units: ``*_fen`` are integer fen (0.01 yuan); ``*_e4`` are integers scaled by 10,000 (the interface's ``cnt`` has four
decimals), so ``unit_price_e4`` is 1/10,000 fen. Instants are UTC; dates are business dates in Asia/Shanghai.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from services.contracts.fact import Fact, Instant
from services.contracts.registry import (
    DepartmentPeriod,
    InstitutionAtService,
    InstitutionKind,
    InstitutionPeriod,
    InstitutionStatus,
    InsuredPersonPeriod,
    PractitionerCategory,
    PractitionerPeriod,
    Sex,
)
from services.contracts.settlement_line import ItemKind, SettlementLine
from services.contracts.settlement_list import (
    BloodTransfusion,
    IntensiveCareStay,
    ListedDiagnosis,
    ListedFee,
    ListedOperation,
    ListedPayment,
    ListGap,
)

__all__ = ["InstitutionAtService", "InstitutionKind", "ItemKind", "PractitionerCategory", "SettlementLine", "Sex"]
"""Value types of these facts that stand in modules of their own; the facts themselves need no listing."""

CareSetting = Literal["outpatient", "emergency", "inpatient", "pharmacy"]
"""Kind of visit, derived from the national ``med_type`` (医疗类别)."""

MovementKind = Literal["count", "change", "purchase", "purchase_return", "sale", "sale_return", "delete"]
"""Kind of a stock movement: transactions 3501 to 3507 of the national interface, in this order."""


class SettlementAccepted(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Intake has taken a settlement (结算) and will not lose it."""

    TYPE: ClassVar[str] = "intake.settlement.accepted.v1"
    TOPIC: ClassVar[str] = "intake.settlement"
    KEY: ClassVar[str] = "insured_ref"

    settlement_ref: UUID
    """Our id of the settlement (UUIDv7)."""
    settlement_id: str
    """The institution's own id (``setl_id``); unique within the institution."""
    institution: InstitutionAtService
    practitioner_category: PractitionerCategory | None = None
    """Category of the attending practitioner on the day of service, when the registry held one."""
    practitioner_title: str | None = None
    """Professional title (专业技术职务) of the attending practitioner on that day, when the registry held one."""
    department_standard_code: str | None = None
    """National code of the kind of department on that day, when the registry held one."""
    received_at: Instant | None = None
    """When intake took it; with ``settled_at`` it tells late uploads (非实时上传)."""
    # What the registry says stands above this line, what the institution said below: the digest that tells a resend
    # from a conflict begins here.
    insured_ref: str
    """Pseudonym of the insured person: keyed hash, 32 hexadecimal characters."""
    sex: Sex
    age_days: int | None
    """Age in whole days on the first day of service, None when the birth date is unknown."""
    insurance_type: str
    """National ``insutype`` (险种), such as 310 employees, 390 residents, 510 maternity."""
    insured_region: str
    """Six-digit region of the place of insurance (参保地)."""
    medical_type: str
    """National ``med_type`` (医疗类别) as sent."""
    care_setting: CareSetting
    started_at: Instant
    """Visit or admission, UTC."""
    ended_at: Instant
    """End of the visit or discharge, UTC."""
    settled_at: Instant
    diagnosis_codes: tuple[str, ...] = ()
    """ICD-10 medical-insurance edition, the main diagnosis first."""
    practitioner_code: str | None = None
    """Attending practitioner (责任医师); None in a pharmacy."""
    department_code: str | None = None
    total_fen: int
    fund_fen: int
    """Part the fund pays (基金支付)."""
    account_fen: int
    """Part the personal account pays (个人账户)."""
    cash_fen: int
    """Part the person pays (个人现金)."""
    lines: tuple[SettlementLine, ...]


class SettlementReversed(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A settlement was taken back whole (退费); what was concluded from it no longer stands."""

    TYPE: ClassVar[str] = "intake.settlement.reversed.v1"
    TOPIC: ClassVar[str] = "intake.settlement"
    KEY: ClassVar[str] = "insured_ref"

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    insured_ref: str
    reversed_at: Instant


class ReversedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a partial reversal took back of one line, and what remains of it."""

    number: int
    item_code: str
    quantity_e4: int
    """Quantity taken back, times 10,000; 0 when only money was."""
    amount_fen: int
    remaining_quantity_e4: int
    remaining_amount_fen: int


class SettlementPartlyReversed(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A part of a settlement was taken back (部分退费); the rest stands.

    When nothing is left, `SettlementReversed` follows in the same transaction.
    """

    TYPE: ClassVar[str] = "intake.settlement.partly_reversed.v1"
    TOPIC: ClassVar[str] = "intake.settlement"
    KEY: ClassVar[str] = "insured_ref"

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    insured_ref: str
    reversal_id: str
    """The institution's own id; unique within the settlement."""
    reversed_at: Instant
    amount_fen: int
    """Sum of what was taken back now."""
    remaining_fen: int
    """Total of the settlement less all that was taken back so far."""
    lines: tuple[ReversedLine, ...]
    returned_lines: tuple[int, ...] = ()
    """Numbers of all lines of which nothing is left, those of earlier reversals included."""


class InstitutionChanged(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The registry's entry of an institution (定点医药机构) now reads like this."""

    TYPE: ClassVar[str] = "intake.institution.changed.v1"
    TOPIC: ClassVar[str] = "intake.registry"
    KEY: ClassVar[str] = "institution_code"

    institution_code: str
    kind: InstitutionKind
    level: int
    region: str
    active: bool
    agreement_from: date
    agreement_until: date | None = None
    status: InstitutionStatus | None = None
    category: str | None = None
    scope: tuple[str, ...] = ()
    periods: tuple[InstitutionPeriod, ...] = ()
    """What held when, the whole history in order; the fields above are those of the day of the fact."""


class PractitionerChanged(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The registry's entry of a practitioner (医保相关人员) now reads like this."""

    TYPE: ClassVar[str] = "intake.practitioner.changed.v1"
    TOPIC: ClassVar[str] = "intake.registry"
    KEY: ClassVar[str] = "practitioner_code"

    practitioner_code: str
    category: PractitionerCategory
    institution_codes: tuple[str, ...]
    active: bool
    title: str | None = None
    practice_class: str | None = None
    practice_scope: tuple[str, ...] = ()
    periods: tuple[PractitionerPeriod, ...] = ()
    """What held when, the whole history in order; the fields above are those of the day of the fact."""


class DepartmentChanged(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The registry's entry of a department (科室) now reads like this."""

    TYPE: ClassVar[str] = "intake.department.changed.v1"
    TOPIC: ClassVar[str] = "intake.registry"
    KEY: ClassVar[str] = "department_ref"

    department_ref: str
    """Institution and department code, joined by a stroke: the topic keeps the newest fact of each key."""
    institution_code: str
    department_code: str
    periods: tuple[DepartmentPeriod, ...]
    """What held when, the whole history in order."""


class InsuredPersonChanged(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The registry's entry of an insured person (参保人), under the pseudonym, now reads like this; no name."""

    TYPE: ClassVar[str] = "intake.insured_person.changed.v1"
    TOPIC: ClassVar[str] = "intake.registry"
    KEY: ClassVar[str] = "insured_ref"

    insured_ref: str
    periods: tuple[InsuredPersonPeriod, ...]
    """What held when, the whole history in order."""


class StockMoved(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Goods came into, left or were counted in an institution's stock (进销存), or such a report was taken back."""

    TYPE: ClassVar[str] = "intake.stock.moved.v1"
    TOPIC: ClassVar[str] = "intake.stock"
    KEY: ClassVar[str] = "institution_code"

    movement_ref: UUID
    """Our id of the movement (UUIDv7)."""
    institution_code: str
    movement_id: str
    """The institution's own id (``fixmedins_bchno``); unique within the institution and its revision."""
    revision: int = 1
    """From 1; a movement that was deleted may be reported once more under its id."""
    movement_kind: MovementKind
    moved_at: Instant
    """When goods moved or were counted; of a deletion, when it was reported. UTC."""
    item_code: str | None = None
    """Item code as sent; None on the deletion of a movement that has not come yet."""
    item_kind: ItemKind | None = None
    hospital_item_code: str | None = None
    """The institution's own code of the item (``fixmedins_hilist_id``)."""
    quantity_e4: int = 0
    """Quantity times 10,000, not negative but for changes and deletions; of a count, what was counted."""
    effect_e4: int | None = None
    """What the movement adds to the balance, times 10,000; None for a count, which sets it, and where it is unknown."""
    unit_price_e4: int | None = None
    """Unit price in 1/10,000 fen."""
    amount_fen: int | None = None
    """Amount; None when it was not sent."""
    batch_number: str | None = None
    """Batch of the maker (``manu_lotnum``)."""
    produced_on: date | None = None
    """Day of production."""
    expires_on: date | None = None
    """Last day of use (``expy_end``)."""
    traceability_codes: tuple[str, ...] = ()
    """Traceability codes (``drug_trac_codg``) of the packs moved, as scanned; a code may occur twice."""
    split_pack: bool = False
    """True when the pack was split before sale (``trdn_flag`` = 1)."""
    change_reason: str | None = None
    """National ``inv_chg_type`` of a change, such as 103 surplus or 105 destroyed."""
    document_number: str | None = None
    """Receipt of a sale (``rtal_docno``) or invoice of a purchase (``purc_invo_no``)."""
    supplier_permit: str | None = None
    """Permit number of the supplier (``spler_pmtno``)."""
    prescription_number: str | None = None
    """Prescription of a sale (``rxno``)."""
    prescription_drug: bool | None = None
    """Whether the item needs a prescription (``rx_flag``); None when it was not sent."""
    paid_by: Literal["insurance", "self"] | None = None
    """Who settled a sale (``mdtrt_setl_type``); None when it was not sent."""
    settlement_id: str | None = None
    """Settlement of a sale or its return (``setl_id``)."""
    settlement_ref: UUID | None = None
    """Our id of that settlement; None while it has not come."""
    visit_id: str | None = None
    """Visit the sale belongs to (``mdtrt_sn``)."""
    refers_to: str | None = None
    """Id of the movement that this one returns or deletes."""
    refers_to_ref: UUID | None = None
    """Our id of that movement; None while it has not come."""
    doubts: tuple[str, ...] = ()
    """Codes of what is doubtful about the movement, as known when it came."""


class SettlementListFiled(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An institution filed the settlement list of a settlement, or a later version of it; without personal data."""

    TYPE: ClassVar[str] = "intake.settlement_list.filed.v1"
    TOPIC: ClassVar[str] = "intake.settlement_list"
    KEY: ClassVar[str] = "institution_code"

    list_ref: UUID
    """Our id of this version of the list (UUIDv7)."""
    institution_code: str
    settlement_id: str
    version: int
    """From 1; the highest version of a settlement's list is the one that stands."""
    filed_at: Instant
    """When this version was taken, UTC."""
    settlement_ref: UUID | None = None
    """Our id of the settlement; None while it has not come."""
    insured_ref: str | None = None
    """Pseudonym of the insured person; None when neither the list nor the settlement names one."""
    visit_id: str | None = None
    """Visit (``mdtrt_id``)."""
    admitted_at: Instant | None = None
    """Admission, UTC."""
    discharged_at: Instant | None = None
    """Discharge, UTC."""
    stay_days: int | None = None
    """Days of the stay as stated (``act_ipt_days``)."""
    admission_way: str | None = None
    """Way of admission (``adm_way``) as sent."""
    inpatient_type: str | None = None
    """Kind of inpatient care (``ipt_med_type``) as sent."""
    treatment_type: str | None = None
    """Kind of treatment (``trt_type``) as sent."""
    admission_department: str | None = None
    discharge_department: str | None = None
    transfer_departments: tuple[str, ...] = ()
    """Departments the patient was transferred to, in order."""
    discharge_way: str | None = None
    """Way of discharge (``dscg_way``): 1 home, 2 transferred, 3 to a community, 4 against advice, 5 died, 9 other."""
    receiving_institution: str | None = None
    """Code of the institution the patient was handed to."""
    readmission_plan: str | None = None
    """Plan to return within 31 days (``days_rinp_flag_31``) as sent; places code it differently."""
    outpatient_diagnosis: str | None = None
    """Diagnosis of the outpatient clinic or emergency (``wm_dise_code``)."""
    outpatient_tcm_diagnosis: str | None = None
    """The same in Chinese medicine (``tcm_dise_code``)."""
    special_disease_codes: tuple[str, ...] = ()
    """Diagnoses of an outpatient special disease (门诊慢特病)."""
    diagnoses: tuple[ListedDiagnosis, ...] = ()
    operations: tuple[ListedOperation, ...] = ()
    intensive_care: tuple[IntensiveCareStay, ...] = ()
    transfusions: tuple[BloodTransfusion, ...] = ()
    fees: tuple[ListedFee, ...] = ()
    payments: tuple[ListedPayment, ...] = ()
    newborn_age_days: int | None = None
    """Age of a patient below one year, in days (``nwb_age``)."""
    newborn_birth_weights_g: tuple[int, ...] = ()
    """Birth weight in grams, one for each newborn."""
    newborn_admission_weights_g: tuple[int, ...] = ()
    """Weight on admission in grams, one for each newborn."""
    ventilator_minutes: int | None = None
    """Use of a ventilator (``vent_used_dura``), in minutes."""
    coma_before_minutes: int | None = None
    """Coma after brain injury before admission, in minutes."""
    coma_after_minutes: int | None = None
    """Coma after brain injury after admission, in minutes."""
    special_nursing_days: int | None = None
    nursing_days_1: int | None = None
    nursing_days_2: int | None = None
    nursing_days_3: int | None = None
    attending_code: str | None = None
    """Code of the attending physician (``chfpdr_code``)."""
    nurse_code: str | None = None
    """Code of the responsible nurse (``resp_nurs_code``)."""
    payment_method: str | None = None
    """Way the fund pays (``hi_paymtd``) as sent."""
    settled_from: date | None = None
    """First day that the list covers."""
    settled_until: date | None = None
    """Last day that the list covers."""
    self_paid_fen: int | None = None
    """Co-payment of the person (``psn_selfpay``)."""
    own_expense_fen: int | None = None
    """What the person pays wholly (``psn_ownpay``)."""
    account_fen: int | None = None
    cash_fen: int | None = None
    gaps: tuple[ListGap, ...] = ()
    """What is missing from the list or contradicts itself."""

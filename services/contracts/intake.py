"""Facts that intake states: settlements accepted or reversed, and changes of its registry.

Units: ``*_fen`` are integer fen (0.01 yuan); ``*_e4`` are integers scaled by 10,000 (the interface's ``cnt`` has four
decimals), so ``unit_price_e4`` is 1/10,000 fen. Instants are UTC; dates are business dates in Asia/Shanghai.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from services.contracts.fact import Fact, Instant
from services.contracts.settlement_list import (
    BloodTransfusion,
    IntensiveCareStay,
    ListedDiagnosis,
    ListedFee,
    ListedOperation,
    ListedPayment,
    ListGap,
)

Sex = Literal["male", "female", "unknown"]
InstitutionKind = Literal["hospital", "pharmacy"]
InstitutionStatus = Literal["active", "suspended", "terminated"]
"""State of an agreement (协议): in force, suspended (中止), terminated (解除)."""
PractitionerCategory = Literal["physician", "nurse", "pharmacist", "technician", "pharmacy_principal", "fee_reviewer"]
CareSetting = Literal["outpatient", "emergency", "inpatient", "pharmacy"]
"""Kind of visit, derived from the national ``med_type`` (医疗类别)."""

ItemKind = Literal["drug", "herb", "service", "consumable", "other"]
"""Kind of a charged item, from the national ``list_type`` (目录类别)."""

MovementKind = Literal["count", "change", "purchase", "purchase_return", "sale", "sale_return", "delete"]
"""Kind of a stock movement: transactions 3501 to 3507 of the national interface, in this order."""


class SettlementLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fee line (费用明细)."""

    number: int
    """Position within the settlement, from 1."""
    item_code: str
    """National item code (医保目录编码): X… 23, Z… 20, T… 10, C… 20/27 characters, services 15 digits."""
    item_kind: ItemKind
    quantity_e4: int
    """Quantity times 10,000; negative on a refund line."""
    unit_price_e4: int
    """Unit price in 1/10,000 fen."""
    amount_fen: int
    charged_at: Instant
    """When the fee arose (费用发生时间), UTC."""
    practitioner_code: str | None = None
    """Ordering practitioner (开单人员)."""
    department_code: str | None = None
    traceability_codes: tuple[str, ...] = ()
    """Traceability codes (追溯码) scanned for this line."""
    split_pack: bool = False
    """True when the pack was split before sale (拆零, ``trdn_flag`` = 1)."""
    fund_scope_fen: int | None = None
    """Part of the amount within the fund's scope (符合范围金额, ``inscp_scp_amt``); None when it was not sent."""
    prescription_number: str | None = None
    """Prescription or order the line was made from (``rxno``, ``drord_no``)."""
    hospital_item_code: str | None = None
    """The institution's own code of the item (``medins_list_codg``)."""
    days_of_supply_e2: int | None = None
    """Days the quantity is meant for (``prd_days``), times 100."""
    dose_e4: int | None = None
    """Single dose, the number alone (``sin_dos_dscr``), times 10,000."""
    doses_per_day_e4: int | None = None
    """Doses a day (``used_frqu_dscr``), times 10,000."""
    refund_of: int | None = None
    """Number of the line of this settlement that a refund line takes back (``init_feedetl_sn``)."""


class InstitutionAtService(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the registry held of the institution on the day of service."""

    code: str
    kind: InstitutionKind
    level: int
    """Facility level (医疗机构级别): 3, 2, 1, or 0 without a level."""
    region: str
    """Six-digit region (统筹区) of the place of treatment."""
    category: str | None = None
    """Category of the institution (机构类别), when the registry held one."""
    scope: tuple[str, ...] = ()
    """Codes of the services it was licensed for (诊疗科目), when the registry held any."""
    status: InstitutionStatus | None = None
    """State of its agreement on that day; None when the agreement had not begun or had ended."""


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


class InstitutionPeriod(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Days on which the registry's entry of an institution reads the same."""

    effective_from: date
    effective_until: date | None = None
    """Last day; None when no end is known."""
    level: int
    region: str
    status: InstitutionStatus
    agreement_from: date
    agreement_until: date | None = None
    category: str | None = None
    scope: tuple[str, ...] = ()


class Registration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A practitioner's place of work (登记备案) at one institution."""

    institution_code: str
    department_code: str | None = None
    effective_from: date | None = None
    """First day; None when it is not known."""
    effective_until: date | None = None
    """Last day; None when no end is known."""


class PractitionerPeriod(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Days on which the registry's entry of a practitioner reads the same."""

    effective_from: date
    effective_until: date | None = None
    """Last day; None when no end is known."""
    category: PractitionerCategory
    active: bool
    registrations: tuple[Registration, ...]
    """Those that hold on these days."""
    title: str | None = None
    practice_class: str | None = None
    """Class of the licence (执业类别)."""
    practice_scope: tuple[str, ...] = ()
    """Scope of the licence (执业范围)."""


class DepartmentPeriod(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Days on which the registry's entry of a department reads the same."""

    effective_from: date
    effective_until: date | None = None
    """Last day; None when no end is known."""
    name: str
    active: bool
    standard_code: str | None = None


class InsuredPersonPeriod(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Days on which the registry's entry of an insured person reads the same."""

    effective_from: date
    effective_until: date | None = None
    """Last day; None when no end is known."""
    sex: Sex
    birth_date: date | None = None
    death_date: date | None = None
    insurance_type: str | None = None
    region: str | None = None


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
    """The registry's entry of an insured person (参保人), under the pseudonym, now reads like this; there is no name."""

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
    readmission_planned: bool | None = None
    """Whether a return within 31 days is planned (``days_rinp_flag_31``)."""
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

"""Facts that intake states: settlements accepted or reversed, and changes of its registry.

Units: ``*_fen`` are integer fen (0.01 yuan); ``*_e4`` are integers scaled by 10,000 (the interface's ``cnt`` has four
decimals), so ``unit_price_e4`` is 1/10,000 fen. Instants are UTC; dates are business dates in Asia/Shanghai.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from services.contracts.fact import Fact, Instant

Sex = Literal["male", "female", "unknown"]
InstitutionKind = Literal["hospital", "pharmacy"]
CareSetting = Literal["outpatient", "emergency", "inpatient", "pharmacy"]
"""Kind of visit, derived from the national ``med_type`` (医疗类别)."""

ItemKind = Literal["drug", "herb", "service", "consumable", "other"]
"""Kind of a charged item, from the national ``list_type`` (目录类别)."""


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


class InstitutionAtService(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the registry held of the institution on the day of service."""

    code: str
    kind: InstitutionKind
    level: int
    """Facility level (医疗机构级别): 3, 2, 1, or 0 without a level."""
    region: str
    """Six-digit region (统筹区) of the place of treatment."""


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
    name: str | None = None
    """Name of the institution as the public knows it; no personal data."""


class PractitionerChanged(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The registry's entry of a practitioner (医保相关人员) now reads like this."""

    TYPE: ClassVar[str] = "intake.practitioner.changed.v1"
    TOPIC: ClassVar[str] = "intake.registry"
    KEY: ClassVar[str] = "practitioner_code"

    practitioner_code: str
    category: Literal["physician", "nurse", "pharmacist", "technician", "pharmacy_principal", "fee_reviewer"]
    institution_codes: tuple[str, ...]
    active: bool

"""What the engine reads of a claim: read-only shapes that the decoded event satisfies as it is, with no conversion.

Units: ``*_fen`` are integer fen; ``quantity_e4`` is the quantity times 10,000; ``unit_price_e4`` is in 1/10,000 fen.
Instants are aware datetimes.
"""

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

Sex = Literal["male", "female", "unknown"]
CareSetting = Literal["outpatient", "emergency", "inpatient", "pharmacy"]
ItemKind = Literal["drug", "herb", "service", "consumable", "other"]
InstitutionKind = Literal["hospital", "pharmacy"]


class ClaimLine(Protocol):
    """One fee line (费用明细)."""

    @property
    def number(self) -> int:
        """Position within the settlement, from 1; unique in the claim."""

    @property
    def item_code(self) -> str:
        """National item code (医保目录编码)."""

    @property
    def item_kind(self) -> ItemKind:
        """Drug, herb, service, consumable or other."""

    @property
    def quantity_e4(self) -> int:
        """Quantity times 10,000; negative on a refund line."""

    @property
    def unit_price_e4(self) -> int:
        """Unit price in 1/10,000 fen."""

    @property
    def amount_fen(self) -> int:
        """Amount of the line; negative on a refund line."""

    @property
    def charged_at(self) -> datetime:
        """When the fee arose (费用发生时间)."""

    @property
    def practitioner_code(self) -> str | None:
        """Ordering practitioner; None means the attending one."""

    @property
    def department_code(self) -> str | None:
        """Department the line was charged in; None means the visit's."""

    @property
    def fund_scope_fen(self) -> int | None:
        """Part within the fund's scope (符合范围金额); None when it was not sent."""

    @property
    def prescription_number(self) -> str | None:
        """Prescription or order of the line."""

    @property
    def days_of_supply_e2(self) -> int | None:
        """Days the quantity is meant for, times 100."""

    @property
    def dose_e4(self) -> int | None:
        """Single dose times 10,000, in the unit of the item."""

    @property
    def doses_per_day_e4(self) -> int | None:
        """Doses a day times 10,000."""

    @property
    def traceability_codes(self) -> tuple[str, ...]:
        """Traceability codes (追溯码) scanned for the line."""

    @property
    def split_pack(self) -> bool:
        """Whether the pack was split before sale (拆零)."""


class ClaimInstitution(Protocol):
    """The institution as it stood on the day of service."""

    @property
    def code(self) -> str:
        """National institution code."""

    @property
    def kind(self) -> InstitutionKind:
        """Hospital or pharmacy."""

    @property
    def level(self) -> int:
        """Facility level (医疗机构级别): 3, 2, 1, or 0 without a level."""

    @property
    def region(self) -> str:
        """Six-digit region of the place of treatment."""

    @property
    def category(self) -> str | None:
        """Category of the institution, such as an internet hospital; None when the registry held none."""


class Claim(Protocol):
    """One settlement (结算) with everything a check may look at."""

    @property
    def settlement_ref(self) -> UUID:
        """Our id of the settlement."""

    @property
    def settlement_id(self) -> str:
        """The institution's own id of the settlement."""

    @property
    def settled_at(self) -> datetime:
        """When it was settled; decides which of two claims is the later."""

    @property
    def received_at(self) -> datetime | None:
        """When intake took it; None when that is not known."""

    @property
    def institution(self) -> ClaimInstitution:
        """Where the service was given."""

    @property
    def insured_ref(self) -> str:
        """Pseudonym of the insured person."""

    @property
    def insured_region(self) -> str:
        """Region of the place of insurance, as far as it is known."""

    @property
    def sex(self) -> Sex:
        """Sex of the insured person."""

    @property
    def age_days(self) -> int | None:
        """Age in whole days on the first day of service; None when unknown."""

    @property
    def insurance_type(self) -> str:
        """National ``insutype`` (险种)."""

    @property
    def medical_type(self) -> str:
        """National ``med_type`` (医疗类别)."""

    @property
    def care_setting(self) -> CareSetting:
        """Kind of visit."""

    @property
    def started_at(self) -> datetime:
        """Visit or admission."""

    @property
    def ended_at(self) -> datetime:
        """End of the visit or discharge."""

    @property
    def diagnosis_codes(self) -> tuple[str, ...]:
        """ICD-10 codes, the main diagnosis first."""

    @property
    def practitioner_code(self) -> str | None:
        """Attending practitioner; None in a pharmacy."""

    @property
    def practitioner_title(self) -> str | None:
        """Professional title of the attending practitioner on the day of service; None when unknown."""

    @property
    def department_code(self) -> str | None:
        """Department of the visit."""

    @property
    def department_standard_code(self) -> str | None:
        """National code of the kind of department; None when the registry held none."""

    @property
    def total_fen(self) -> int:
        """What the whole visit cost."""

    @property
    def fund_fen(self) -> int:
        """Part the fund pays."""

    @property
    def lines(self) -> tuple[ClaimLine, ...]:
        """The fee lines; ``tuple`` is covariant, so any tuple of line-like objects fits."""

"""Value types of the registry: what it held on a day of service, and the periods inside its facts."""

from datetime import date
from typing import Literal

import msgspec

from services.contracts.fact import Instant

Sex = Literal["male", "female", "unknown"]
InstitutionKind = Literal["hospital", "pharmacy"]
InstitutionStatus = Literal["active", "suspended", "terminated"]
"""State of an agreement (协议): in force, suspended (中止), terminated (解除)."""
PractitionerCategory = Literal["physician", "nurse", "pharmacist", "technician", "pharmacy_principal", "fee_reviewer"]


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
    death_source: str | None = None
    """Who said the date of death."""
    death_stated_at: Instant | None = None
    """When that source said it, UTC."""
    residence_code: str | None = None
    """Twelve-digit code (统计用区划代码) of the village or community (村、居委会) of residence."""
    household_ref: str | None = None
    """Pseudonym of the household (户): keyed hash, 32 hexadecimal characters; members share it."""

"""A claim that is not settled yet, as loosely as callers may send it."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from services.contracts.intake import CareSetting, InstitutionKind, ItemKind, Sex

PrecheckPhase = Literal["before", "during", "after", "all"]
"""``all`` runs every rule, as at settlement."""

MOST_LINES = 2_000
"""Lines of one claim, as intake bounds a settlement."""
MOST_RULES = 500


class LooseLine(msgspec.Struct, kw_only=True, gc=False):
    """A fee line or order; units are those of the facts: ``*_fen``, and ``*_e4`` for ten-thousandths."""

    number: int | None = None
    """Position; counted from 1 where it is left out."""
    item_code: str | None = None
    hospital_item_code: str | None = None
    """The institution's own code; no rule knows it, so it only helps a person to find the line."""
    item_kind: ItemKind | None = None
    """Follows from the form of the item code where it is left out."""
    quantity_e4: int | None = None
    unit_price_e4: int | None = None
    amount_fen: int | None = None
    """Of quantity, price and amount any one may be left out; a quantity left out alone counts as one."""
    charged_at: datetime | None = None
    """Beginning of the visit where it is left out."""
    practitioner_code: str | None = None
    department_code: str | None = None
    traceability_codes: tuple[str, ...] = ()
    split_pack: bool = False
    fund_scope_fen: int | None = None
    prescription_number: str | None = None
    days_of_supply_e2: int | None = None
    dose_e4: int | None = None
    doses_per_day_e4: int | None = None
    refund_of: int | None = None


class LooseInstitution(msgspec.Struct, kw_only=True, gc=False):
    """The institution as the caller describes it."""

    code: str | None = None
    """That of the token where it is left out."""
    kind: InstitutionKind | None = None
    level: int | None = None
    region: str | None = None
    category: str | None = None


class LoosePerson(msgspec.Struct, kw_only=True, gc=False):
    """The insured person; the number is replaced with the pseudonym at once and kept nowhere."""

    number: str | None = None
    birth_date: date | None = None


class PrecheckRequest(msgspec.Struct, kw_only=True, gc=False):
    """What is asked about one visit."""

    lines: tuple[LooseLine, ...]
    phase: PrecheckPhase | None = None
    """``before`` where it is left out."""
    rule_codes: tuple[str, ...] = ()
    """Rules to judge by; all of the phase where none is named."""
    task_id: str | None = None
    visit_id: str | None = None
    """The caller's id of the visit: the same reminder about it keeps its id when asked again."""
    settlement_ref: UUID | None = None
    settlement_id: str | None = None
    institution: LooseInstitution | None = None
    insured_ref: str | None = None
    insured_person: LoosePerson | None = None
    sex: Sex | None = None
    age_days: int | None = None
    insurance_type: str | None = None
    insured_region: str | None = None
    medical_type: str | None = None
    care_setting: CareSetting | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    settled_at: datetime | None = None
    received_at: datetime | None = None
    diagnosis_codes: tuple[str, ...] = ()
    practitioner_code: str | None = None
    practitioner_title: str | None = None
    department_code: str | None = None
    department_standard_code: str | None = None
    total_fen: int | None = None
    fund_fen: int | None = None
    """Part the fund is to pay; all of it where it is left out, for that is what a pre-check asks about."""

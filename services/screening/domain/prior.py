"""Facts as stored and read back: what earlier claims left, measures against practitioners, deaths of persons.

Named tuples, because thousands a second are made from rows and written as rows.
"""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID


class RememberedLine(NamedTuple):
    """A fee line of an earlier claim; refund lines are remembered with their negative quantity."""

    insured_ref: str
    item_code: str
    charged_at: datetime
    quantity_e4: int
    amount_fen: int
    settlement_ref: UUID
    institution_code: str
    line_number: int
    position: int = 0
    """Of its claim, see ``position``."""


class Visit(NamedTuple):
    """A visit of an earlier claim: outpatient, emergency, inpatient, or to a pharmacy."""

    insured_ref: str
    settlement_ref: UUID
    institution_code: str
    care_setting: str
    medical_type: str
    main_diagnosis: str | None
    started_at: datetime
    ended_at: datetime
    total_fen: int
    position: int = 0


class CodeSale(NamedTuple):
    """One traceability code settled, or given back when ``returned``."""

    traceability_code: str
    insured_ref: str
    settlement_ref: UUID
    institution_code: str
    line_number: int
    sold_at: datetime
    split_pack: bool
    returned: bool = False
    position: int = 0


class Ineligibility(NamedTuple):
    """A measure under which a practitioner's services are not paid."""

    practitioner_code: str
    measure_id: UUID
    effective_from: datetime
    effective_until: datetime | None
    """First instant at which the practitioner is eligible again; None while open."""


class Death(NamedTuple):
    """The death of an insured person, as the registry says it."""

    insured_ref: str
    died_on: date
    source: str | None
    """Who said so; None where the registry does not tell."""
    stated_at: datetime | None
    """When that was said."""

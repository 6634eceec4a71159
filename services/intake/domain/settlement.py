"""What a posted settlement (结算) looks like to the business, whatever decoded it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol, SupportsBytes

from services.intake.domain.codes import ItemKind

Sex = Literal["male", "female", "unknown"]


class PostedPerson(Protocol):
    """The insured person (参保人) as posted."""

    number: str
    """Number of the person (``psn_no``); it goes no further than into the pseudonym."""
    sex: Sex
    birth_date: date | None


class PostedLine(Protocol):
    """A fee line (费用明细) as posted."""

    number: int
    item_code: str
    item_kind: ItemKind | None
    """Kind as posted; None to derive it from the code."""
    amount_fen: int
    charged_at: datetime
    practitioner_code: str | None
    department_code: str | None
    traceability_codes: tuple[str, ...]
    split_pack: bool
    fund_scope_fen: int | None
    """Part within the fund's scope (``inscp_scp_amt``); None when it was not sent."""
    prescription_number: str | None
    hospital_item_code: str | None
    refund_of: int | None
    """Number of the line that this refund line takes back."""
    days_of_supply: Decimal | None
    """Days the quantity is meant for (``prd_days``)."""
    dose: Decimal | None
    """Number of the single dose (``sin_dos_dscr``)."""
    doses_per_day: Decimal | None
    """Doses a day (``used_frqu_dscr``)."""

    @property
    def quantity(self) -> SupportsBytes:
        """JSON text of the quantity."""
        ...

    @property
    def unit_price(self) -> SupportsBytes:
        """JSON text of the unit price in yuan."""
        ...


class PostedSettlement(Protocol):
    """A settlement as posted: typed, but not yet examined."""

    settlement_id: str
    institution_code: str
    insurance_type: str
    insured_region: str
    medical_type: str
    started_at: datetime
    ended_at: datetime
    settled_at: datetime
    diagnosis_codes: tuple[str, ...]
    practitioner_code: str | None
    department_code: str | None
    total_fen: int
    fund_paid_fen: int
    account_paid_fen: int
    cash_paid_fen: int
    sender_settlement_id: str | None
    """Id that every report of one settlement carries (``medins_setl_id``), whichever region sends it."""

    @property
    def insured_person(self) -> PostedPerson:
        """The person the settlement is for."""
        ...

    @property
    def lines(self) -> Sequence[PostedLine]:
        """Fee lines in the order posted."""
        ...


class Broken(NamedTuple):
    """Parts of a settlement that could not be decoded and hold a stand-in; what depends on them is not examined."""

    fields: frozenset[str] = frozenset()
    lines: frozenset[int] = frozenset()
    """Positions, from 0."""


NOTHING_BROKEN = Broken()

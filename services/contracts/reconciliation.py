"""Fact that intake states when a day of an institution was compared with what the institution says (对账)."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from services.contracts.fact import Fact, Instant


class DayReconciled(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A day of an institution was compared with its statement (对账); stated again whenever that changes."""

    TYPE: ClassVar[str] = "intake.day.reconciled.v1"
    TOPIC: ClassVar[str] = "intake.reconciliation"
    KEY: ClassVar[str] = "institution_code"

    reconciliation_ref: UUID
    """Our id of the reconciliation (UUIDv7)."""
    institution_code: str
    first_day: date
    """Business date; with most statements the last day is the same."""
    last_day: date
    outcome: Literal["matched", "open", "explained"]
    """``explained``: differences remain, and a person has said why."""
    revision: int
    """Number of the institution's statement, from 1."""
    reconciled_at: Instant
    insurance_type: str | None = None
    """``insutype`` that the statement is limited to; None for all."""
    clearing_type: str | None = None
    """``clr_type`` that the statement is limited to; None for all."""
    medical_type: str | None = None
    """``med_type`` that the statement is limited to; None for all."""
    refunds: bool = False
    """The statement is of what was taken back on these days."""
    stated_count: int
    held_count: int
    stated_total_fen: int | None = None
    """Sum of totals as stated; None when it was not stated."""
    held_total_fen: int
    missing_here: int = 0
    """Settlements that the institution states and that did not come."""
    missing_there: int = 0
    """Settlements that came and that the institution does not state."""
    amount_differs: int = 0
    totals_differ: bool = False
    """Count or sums differ, beyond what single settlements account for."""

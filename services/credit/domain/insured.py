"""The ledger of an insured person (参保人): sanctions, their counter-entries, and the settlement pause that follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from uuid import UUID

from services.credit.domain.calendar import BUSINESS_ZONE, add_months
from services.credit.domain.insured_policy import InsuredPolicy

FRAUD = "fraud"
"""Circumstance of 条例 Art. 41 para. 2, the only one that brings a fine."""


class CounterCause(StrEnum):
    """Why a sanction against an insured person is taken back."""

    RECONSIDERED = "reconsidered"
    """行政复议撤销."""
    JUDGED = "judged"
    """行政诉讼撤销."""
    CORRECTED = "corrected"
    """自行纠正."""


@dataclass(frozen=True, slots=True)
class InsuredSanction:
    """A decision under 条例 Art. 41."""

    entry_id: UUID
    insured_ref: str
    """Pseudonym."""
    circumstance: str
    decided_on: date
    document_number: str
    refund_fen: int
    """What the fund lost and gets back (退回)."""
    fine_fen: int
    pause_months: int
    """Months without online settlement; 0 where nothing was lost."""
    pause_from: date | None
    """First day of the pause."""


@dataclass(frozen=True, slots=True)
class InsuredEntry:
    """One entry of the ledger; a counter-entry carries the figures negated and names what it takes back."""

    entry_id: UUID
    insured_ref: str
    circumstance: str
    decided_on: date
    document_number: str
    refund_fen: int
    fine_fen: int
    pause_months: int
    pause_from: datetime | None
    pause_until: datetime | None
    """First instant at which online settlement is possible again."""
    policy_version: str
    recorded_at: datetime
    recorded_by: str
    digest: bytes
    counters_entry_id: UUID | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Whether online settlement is paused at an instant."""

    paused: bool
    until: datetime | None
    """First instant at which no pause runs any more; None when none runs."""
    entry_ids: tuple[UUID, ...]
    """Entries whose pause runs."""


def pause_period(sanction: InsuredSanction) -> tuple[datetime, datetime] | None:
    """Return the first instant of the pause and the first after it; None without one.

    It begins with the first day in Asia/Shanghai and ends with the corresponding day, months later.
    """
    if sanction.pause_from is None:
        return None
    begin = datetime.combine(sanction.pause_from, time(), tzinfo=BUSINESS_ZONE).astimezone(UTC)
    return begin, add_months(begin, sanction.pause_months)


def problems(sanction: InsuredSanction, policy: InsuredPolicy, today: date) -> list[tuple[str, str]]:
    """Return what is wrong with a decision: pairs of field and code."""
    found = []
    if sanction.circumstance not in policy.circumstances:
        found.append(("circumstance", "circumstance_unknown"))
    if sanction.decided_on > today:
        found.append(("decided_on", "date_in_future"))
    if (sanction.pause_months == 0) != (sanction.pause_from is None):
        found.append(("pause_from", "pause_incomplete"))
    elif sanction.pause_from is not None and sanction.pause_from < sanction.decided_on:
        found.append(("pause_from", "pause_before_decision"))
    if sanction.pause_months and not policy.least_pause_months <= sanction.pause_months <= policy.most_pause_months:
        found.append(("pause_months", "pause_months_range"))
    if sanction.refund_fen and not sanction.pause_months:
        found.append(("pause_months", "pause_missing"))
    if sanction.fine_fen and sanction.circumstance != FRAUD:
        found.append(("fine_fen", "fine_without_fraud"))
    elif sanction.fine_fen and not _fine_in_range(sanction, policy):
        found.append(("fine_fen", "fine_range"))
    return found


def _fine_in_range(sanction: InsuredSanction, policy: InsuredPolicy) -> bool:
    least, most = policy.least_fine_multiple, policy.most_fine_multiple
    return least * sanction.refund_fen <= sanction.fine_fen <= most * sanction.refund_fen


def standing(entries: Sequence[InsuredEntry]) -> list[InsuredEntry]:
    """Return the entries that no counter-entry has taken back."""
    countered = {entry.counters_entry_id for entry in entries}
    return [entry for entry in entries if entry.counters_entry_id is None and entry.entry_id not in countered]


def pause_at(entries: Sequence[InsuredEntry], at: datetime) -> Pause:
    """Recompute the pause at an instant; one that was taken back never ran, and pauses that meet run as one."""
    periods = [
        (entry.pause_from, entry.pause_until, entry.entry_id)
        for entry in standing(entries)
        if entry.pause_from is not None and entry.pause_until is not None
    ]
    running = tuple(entry_id for begin, end, entry_id in periods if begin <= at < end)
    if not running:
        return Pause(paused=False, until=None, entry_ids=())
    until = at
    for begin, end, _ in sorted(periods):
        if begin <= until < end:
            until = end
    return Pause(paused=True, until=until, entry_ids=running)

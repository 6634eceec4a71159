"""The case value (案值) of a tip as a ledger: what findings brought in, and the counter-entries that took it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Cause(StrEnum):
    """Why an amount was entered."""

    FINDING = "finding"
    """A confirmed finding that the handler linked."""
    ASSESSMENT = "assessment"
    """Difference between the verified loss the handler states and the sum of the linked findings."""
    FINDING_FALLEN = "finding_fallen"
    """Counter-entry: a linked finding was overturned or withdrawn."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One amount of the ledger, in fen; negative in a counter-entry."""

    cause: Cause
    finding_id: UUID | None
    amount_fen: int


def opening_entries(findings: Mapping[UUID, int], stated_fen: int | None) -> list[Entry]:
    """Entries of a substantiation: one per finding, and one for the difference to the stated loss, if any."""
    entries = [Entry(Cause.FINDING, finding, amount) for finding, amount in sorted(findings.items())]
    difference = 0 if stated_fen is None else stated_fen - sum(findings.values())
    if difference:
        entries.append(Entry(Cause.ASSESSMENT, None, difference))
    return entries


def counter_entry(entries: Sequence[Entry], finding_id: UUID) -> Entry | None:
    """Return the entry that takes a finding's amount back; None where it brought nothing in or fell before."""
    amounts = [entry for entry in entries if entry.finding_id == finding_id]
    if not amounts or any(entry.cause is Cause.FINDING_FALLEN for entry in amounts):
        return None
    return Entry(Cause.FINDING_FALLEN, finding_id, -sum(entry.amount_fen for entry in amounts))


def case_value(entries: Sequence[Entry]) -> int:
    """Case value in fen; findings may overlap, so their counter-entries may exceed it, and it is never below zero."""
    return max(0, sum(entry.amount_fen for entry in entries))

"""The ledger of the case value, and the chain of the handling log."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.tips.domain.case_value import Cause, Entry, case_value, counter_entry, opening_entries
from services.tips.domain.handling_log import GENESIS, LogEntry, first_broken, seal

A, B = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)


def test_without_a_stated_loss_the_findings_are_the_case_value():
    entries = opening_entries({B: 500, A: 300}, None)
    assert entries == [Entry(Cause.FINDING, A, 300), Entry(Cause.FINDING, B, 500)]
    assert case_value(entries) == 800


def test_a_stated_loss_enters_as_the_difference():
    assert opening_entries({A: 300}, 1000)[-1] == Entry(Cause.ASSESSMENT, None, 700)
    assert case_value(opening_entries({A: 300, B: 500}, 600)) == 600
    assert opening_entries({A: 300}, 300) == [Entry(Cause.FINDING, A, 300)]


def test_a_finding_is_taken_back_once():
    entries = opening_entries({A: 300, B: 500}, None)
    counter = counter_entry(entries, A)
    assert counter == Entry(Cause.FINDING_FALLEN, A, -300)
    assert case_value([*entries, counter]) == 500
    assert counter_entry([*entries, counter], A) is None
    assert counter_entry(entries, UUID(int=3)) is None


def test_overlapping_findings_never_take_the_case_value_below_zero():
    entries = opening_entries({A: 300, B: 500}, 500)
    entries += [counter_entry(entries, A), counter_entry(entries, B)]
    assert sum(entry.amount_fen for entry in entries) == -300
    assert case_value(entries) == 0


def chain() -> list[LogEntry]:
    entries: list[LogEntry] = []
    previous = GENESIS
    for position in range(1, 6):
        details = {"amount_fen": position * 100}
        at = NOW + timedelta(minutes=position)
        digest = seal(position, A, at, "zhang", "accepted", details, previous)
        entries.append(LogEntry(position, A, at, "zhang", "accepted", details, previous, digest))
        previous = digest
    return entries


def test_an_untouched_chain_holds():
    assert first_broken(chain()) is None
    assert first_broken([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "li"},
        {"action": "refused"},
        {"tip_id": B},
        {"at": NOW},
        {"details": {"amount_fen": 301}},
        {"position": 9},
        {"previous": b"x" * 32},
        {"seal": b"x" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_row_is_found(change):
    entries = chain()
    entries[2] = replace(entries[2], **change)
    assert first_broken(entries) == 3


def test_a_row_changed_together_with_its_seal_breaks_the_next():
    entries = chain()
    digest = seal(3, A, entries[2].at, "li", "accepted", entries[2].details, entries[2].previous)
    entries[2] = replace(entries[2], actor="li", seal=digest)
    assert first_broken(entries) == 4


def test_a_missing_and_a_swapped_row_are_found():
    entries = chain()
    assert first_broken(entries[:2] + entries[3:]) == 3
    assert first_broken([entries[1], entries[0], *entries[2:]]) == 1
    assert first_broken(entries[1:]) == 1

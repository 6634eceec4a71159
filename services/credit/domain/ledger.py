"""The points ledger of a practitioner: entries that are only ever added, and what counts of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PointsEntry:
    """One line of the points ledger (记分台账); a correction is a line of its own that counters another."""

    entry_id: UUID
    practitioner_code: str
    sanction_id: UUID
    violation_number: int
    """Number of the violation among those the sanction holds against this person, from 1."""
    institution_code: str
    decided_on: date
    """Business date of the sanction's decision, the scoring instant (医保办发〔2024〕34号 Art. 27)."""
    recorded_at: datetime
    points: int
    """Points added; negative on a repair and on the counter-entry of an original."""
    band: int
    band_cause: str
    degree: str
    modifier: str
    finding_ids: tuple[UUID, ...]
    """Confirmed findings the violation rests on."""
    policy_version: str
    counters_entry_id: UUID | None = None
    """The entry this one takes back."""
    cause_id: UUID | None = None
    """What made a repair or a counter-entry: the last finding that fell, the annulled sanction, the matter."""
    cause_kind: str | None = None
    """``finding_overturned``, ``finding_withdrawn``, ``sanction_annulled``, ``objection_upheld`` or ``repair``."""
    traceparent: str | None = None
    repairs_entry_id: UUID | None = None
    """The entry whose points this one reduces by repair (记分修复); it stands and falls with it."""

    @property
    def year(self) -> int:
        """Calendar year the points count in (自然年度)."""
        return self.decided_on.year


def known_at(entries: Iterable[PointsEntry], instant: datetime | None) -> list[PointsEntry]:
    """Return the entries that stood in the ledger at an instant; None for all of them."""
    return [entry for entry in entries if instant is None or entry.recorded_at <= instant]


def standing_entries(entries: Sequence[PointsEntry]) -> list[PointsEntry]:
    """Return the entries that count: neither counter-entries nor countered ones, in the ledger's order."""
    countered = {entry.counters_entry_id for entry in entries if entry.counters_entry_id is not None}
    return [entry for entry in entries if entry.counters_entry_id is None and entry.entry_id not in countered]


def repaired_points(entries: Sequence[PointsEntry], entry_id: UUID) -> int:
    """Return how many points of an entry standing repairs have taken back, zero or positive."""
    return -sum(entry.points for entry in standing_entries(entries) if entry.repairs_entry_id == entry_id)


def with_repairs(entries: Sequence[PointsEntry], fallen: Iterable[PointsEntry]) -> list[PointsEntry]:
    """Return the standing ones of the entries that fall and the repairs that rest on them, in the ledger's order."""
    ids = {entry.entry_id for entry in fallen}
    return [entry for entry in standing_entries(entries) if entry.entry_id in ids or entry.repairs_entry_id in ids]


def year_total(entries: Iterable[PointsEntry], year: int) -> int:
    """Return the points of a calendar year: the plain sum, counter-entries included."""
    return sum(entry.points for entry in entries if entry.year == year)


def without_ground(entries: Sequence[PointsEntry], fallen: frozenset[UUID]) -> list[PointsEntry]:
    """Return the standing entries whose violation rests only on findings that have fallen.

    A repair rests on the findings of the entry it reduces, so both fall together. An entry that rests on no finding at
    all (a revoked certificate) never loses its ground this way.
    """
    return [entry for entry in standing_entries(entries) if entry.finding_ids and fallen.issuperset(entry.finding_ids)]

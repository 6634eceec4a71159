"""What moves the end of a measure without touching its ground: repair, and a new registration after a ban."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class TermChangeKind(StrEnum):
    """How the end moved."""

    SHORTENED = "shortened"
    """缩减期限, by repair (医保办发〔2024〕34号 Art. 38)."""
    REGISTERED = "registered"
    """重新登记备案, with a new commitment, after termination (Art. 39)."""


@dataclass(frozen=True, slots=True)
class TermChange:
    """One line that is only ever added."""

    change_id: UUID
    practitioner_code: str
    kind: TermChangeKind
    sanction_id: UUID
    """The ground of the measure; a new registration also ends every other ban that is over by then."""
    at: datetime
    """The new end of a shortened measure, or the instant of the new registration."""
    days: int
    """Days by which the term became shorter; 0 for a registration."""
    recorded_at: datetime
    matter_id: UUID
    """The request that was granted."""
    policy_version: str

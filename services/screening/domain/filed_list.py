"""What the engine reads of a settlement list (结算清单) filed for a claim; the decoded fact satisfies it as it is."""

from datetime import date
from typing import Protocol
from uuid import UUID


class FiledDiagnosis(Protocol):
    """A diagnosis of the list."""

    @property
    def code(self) -> str:
        """ICD-10 code, or as sent when it has no such form."""

    @property
    def main(self) -> bool:
        """Whether it is the main diagnosis."""

    @property
    def admission_condition(self) -> str | None:
        """1 present on admission, 2 undetermined, 3 unknown, 4 not present."""


class FiledOperation(Protocol):
    """An operation of the list."""

    @property
    def code(self) -> str:
        """ICD-9-CM-3 code, or as sent when it has no such form."""

    @property
    def performed_on(self) -> date | None:
        """Day of the operation."""

    @property
    def main(self) -> bool:
        """Whether it is the main operation."""


class FiledGap(Protocol):
    """Something missing or contradictory."""

    @property
    def pointer(self) -> str:
        """Where in the list."""

    @property
    def problem(self) -> str:
        """Stable code of what is wrong."""


class FiledList(Protocol):
    """The version of a list that stands."""

    @property
    def settlement_ref(self) -> UUID | None:
        """The claim it belongs to."""

    @property
    def version(self) -> int:
        """From 1; the highest stands."""

    @property
    def diagnoses(self) -> tuple[FiledDiagnosis, ...]:
        """Diagnoses, the main one marked."""

    @property
    def operations(self) -> tuple[FiledOperation, ...]:
        """Operations and procedures."""

    @property
    def discharge_way(self) -> str | None:
        """1 home, 2 transferred, 3 to a community, 4 against advice, 5 died, 9 other."""

    @property
    def readmission_plan(self) -> str | None:
        """Plan to return within 31 days, as sent."""

    @property
    def gaps(self) -> tuple[FiledGap, ...]:
        """What is missing or contradicts itself."""

"""What an import puts its entries into: the same use cases that HTTP puts them into."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.imports.items import Item, Row
from services.intake.domain.imports.layout import Layout
from services.intake.domain.problem import Problem
from services.intake.storage.imports import Job


class Made(NamedTuple):
    """An entry, and its body as it is posted."""

    item: Item
    posted: Any


class Outcome(NamedTuple):
    """What became of an entry."""

    status: Literal["created", "same", "rejected"]
    problems: Sequence[Problem] = ()
    doubtful: bool = False
    kept: bool = False
    """The quarantine keeps it."""


class Target(Protocol):
    """Takes the entries of one job."""

    grouped: bool
    """Several rows make an entry."""
    late: bool
    """How a transaction of many chunks ended has to be known of each of them; otherwise each counts at once."""

    def lay_out(self, layout: Layout) -> None:
        """Learn which columns there are."""
        ...

    def key(self, row: Row) -> str | None:
        """Return what the rows of one entry share."""
        ...

    def make(self, rows: Sequence[Row]) -> Made:
        """Make an entry of its rows; may run in another thread."""
        ...

    async def prepare(self, made: Sequence[Made]) -> Any:
        """Examine entries, with whatever is wrong with their rows among their problems."""
        ...

    async def store(self, session: AsyncSession, prepared: Any) -> list[Outcome]:
        """Store what was prepared, within a transaction of the job."""
        ...

    def ended(self, prepared: Any, *, committed: bool) -> None:
        """Learn how that transaction ended."""
        ...


Targets = Callable[[Job], Target]

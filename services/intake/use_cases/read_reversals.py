"""Read what was taken back of a settlement, and what is left of each line."""

from typing import NamedTuple

from services.intake.domain import reversal
from services.intake.domain.reversal import Left
from services.intake.storage import reversals, settlements
from services.intake.storage.reversals import StoredReversal
from services.intake.storage.settlements import Key, Reversible
from services.intake.use_cases.read_settlements import settlement_unknown
from services.intake.use_cases.reverse_settlement import charged_lines, taken_of
from services.kit.db import Database


class Course(NamedTuple):
    """A settlement, its reversals, and what they left."""

    settlement: Reversible
    reversals: list[StoredReversal]
    left: dict[int, Left]


class ReadReversals:
    """Reads the reversals of a settlement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, key: Key) -> Course:
        """Return the course of a settlement; raises NotFound (``settlement_unknown``)."""
        async with self._database.reading() as session:
            settlement = await settlements.whole(session, key)
            if settlement is None:
                raise settlement_unknown()
            stored = await reversals.of(session, [settlement.settlement_ref])
        taken = [one for each in stored for one in taken_of(each)]
        return Course(settlement, stored, reversal.what_is_left(charged_lines(settlement), taken))

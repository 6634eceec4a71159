"""Lines that a partial reversal took back: what they left for later checks is corrected."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

_FORGET = """
delete from remembered_line using unnest($1::text[], $2::uuid[], $3::integer[])
    as gone (insured_ref, settlement_ref, line_number)
where remembered_line.insured_ref = gone.insured_ref and remembered_line.settlement_ref = gone.settlement_ref
    and remembered_line.line_number = gone.line_number
"""

_LESSEN = """
update remembered_line set quantity_e4 = rest.quantity_e4, amount_fen = rest.amount_fen
from unnest($1::text[], $2::uuid[], $3::integer[], $4::bigint[], $5::bigint[])
    as rest (insured_ref, settlement_ref, line_number, quantity_e4, amount_fen)
where remembered_line.insured_ref = rest.insured_ref and remembered_line.settlement_ref = rest.settlement_ref
    and remembered_line.line_number = rest.line_number
"""

# In the order in which every other statement takes codes, so that two transactions cannot wait for each other.
_GIVE_BACK = """
with held as (
    select traceability_code, ordinal from code_sale
    where reversed_at is null
        and (settlement_ref, line_number) in (select * from unnest($1::uuid[], $2::integer[]))
    order by traceability_code, ordinal for update
)
update code_sale set reversed_at = $3
from held
where code_sale.traceability_code = held.traceability_code and code_sale.ordinal = held.ordinal
"""


class ReturnedLine(NamedTuple):
    """A line and what is left of it."""

    insured_ref: str
    settlement_ref: UUID
    line_number: int
    quantity_e4: int
    amount_fen: int

    @property
    def wholly(self) -> bool:
        """Whether nothing of the line is left."""
        return self.quantity_e4 == 0 and self.amount_fen == 0


async def take_back(connection: asyncpg.Connection, lines: Sequence[ReturnedLine], now: datetime) -> None:
    """Let lines count with what is left of them; of those returned wholly, codes may be sold again."""
    whole = [line for line in lines if line.wholly]
    rest = [line for line in lines if not line.wholly]
    if whole:
        persons, refs, numbers = ([line[column] for line in whole] for column in range(3))
        await connection.execute(_FORGET, persons, refs, numbers)
        await connection.execute(_GIVE_BACK, refs, numbers, now)
    if rest:
        await connection.execute(_LESSEN, *(list(column) for column in zip(*rest, strict=True)))

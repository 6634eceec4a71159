"""Sales of traceability codes: the one part of history that crosses persons, and so needs a lock.

Claims of one person come one after the other, because they share a partition. Two sales of one code belong to two
persons as a rule, and two workers may screen them at the same moment: each would read the history without the other's
sale, and the duplicate would pass unseen. So the first row of every code (ordinal 0) is its lock. A code that was sold
before is locked there before its sales are read. One that was not has no row yet: of two workers that store its first
sale, one waits for the other and then meets its row, and its batch is screened anew, seeing that sale. Codes are always
locked and stored in sorted order, so that two batches cannot wait for each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.screening.domain.prior import CodeSale

# One text, a code a line: the driver looks at every element of an array by itself.
_LOCK = """
select traceability_code from code_sale
where traceability_code = any(string_to_array($1, E'\\n')) and ordinal = 0
order by traceability_code for update
"""

_SALES = """
select traceability_code, insured_ref, settlement_ref, institution_code, line_number, sold_at, split_pack, returned,
       position, ordinal, reversed_at is not null
from code_sale where traceability_code = any($1::text[])
"""

_STANDING = """
select traceability_code, insured_ref, settlement_ref, institution_code, line_number, sold_at, split_pack, returned,
       position
from code_sale where traceability_code = any($1::text[]) and reversed_at is null
"""

_GIVE_BACK = """
with held as (
    select traceability_code, ordinal from code_sale
    join unnest($1::text[], $2::uuid[], $3::integer[]) as sold (code, settlement, line)
        on traceability_code = sold.code and settlement_ref = sold.settlement and line_number = sold.line
    where reversed_at is null
    order by traceability_code, ordinal for update of code_sale
)
update code_sale set reversed_at = $4
from held
where code_sale.traceability_code = held.traceability_code and code_sale.ordinal = held.ordinal
"""


class Sold(NamedTuple):
    """A code as a fee line names it."""

    traceability_code: str
    settlement_ref: UUID
    line_number: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a batch's codes brought to light."""

    earlier: list[CodeSale]
    """Sales of these codes in earlier batches that still count."""
    later: list[tuple[CodeSale, int]]
    """Sales of this batch that are not stored yet, each with its ordinal."""


async def take(connection: asyncpg.Connection, sales: Iterable[CodeSale]) -> Taken:
    """Lock the known codes of a batch until the end of the transaction; return what was known of them.

    ``sales`` are those of the batch in the order of its claims. What is not stored yet is for ``copy``.
    """
    batch = list(sales)
    next_ordinal = dict.fromkeys((sale.traceability_code for sale in batch), 0)
    if not next_ordinal:
        return Taken([], [])
    known = [row[0] for row in await connection.fetch(_LOCK, "\n".join(next_ordinal))]
    earlier: list[CodeSale] = []
    if known:
        for row in await connection.fetch(_SALES, known):
            code, ordinal = row[0], row[9]
            next_ordinal[code] = max(next_ordinal[code], ordinal + 1)
            if not row[10]:
                earlier.append(CodeSale(*row[:9]))
    later: list[tuple[CodeSale, int]] = []
    for sale in batch:
        ordinal = next_ordinal[sale.traceability_code]
        next_ordinal[sale.traceability_code] = ordinal + 1
        later.append((sale, ordinal))
    return Taken(earlier, later)


async def read(connection: asyncpg.Connection, codes: Iterable[str]) -> list[CodeSale]:
    """Return the sales of codes that still count, without locking them."""
    wanted = list(codes)
    return [CodeSale(*row) for row in await connection.fetch(_STANDING, wanted)] if wanted else []


async def copy(connection: asyncpg.Connection, later: Sequence[tuple[CodeSale, int]]) -> None:
    """Store the sales of a batch; raises UniqueViolationError when another worker sold one of its codes meanwhile."""
    if later:
        records = [(*sale, ordinal) for sale, ordinal in sorted(later, key=_code_and_ordinal)]
        await connection.copy_records_to_table("code_sale", records=records, columns=(*CodeSale._fields, "ordinal"))


def _code_and_ordinal(stored: tuple[CodeSale, int]) -> tuple[str, int]:
    return stored[0].traceability_code, stored[1]


async def give_back(connection: asyncpg.Connection, sold: Sequence[Sold], now: datetime) -> None:
    """Let sales that were taken back count no longer; their codes may be sold again."""
    if sold:
        codes, refs, numbers = (list(column) for column in zip(*sold, strict=True))
        await connection.execute(_GIVE_BACK, codes, refs, numbers, now)

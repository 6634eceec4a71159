"""Sales of traceability codes: the one part of history that crosses persons, and so needs a lock.

Claims of one person come one after the other, because they share a partition. Two sales of one code belong to two
persons as a rule, and two workers may screen them at the same moment: each would read the history without the other's
sale, and the duplicate would pass unseen. So the first row of every code (ordinal 0) is its lock: taking it inserts the
row, waiting for a transaction that is just inserting it, or updates it in place, waiting for one that holds it. Only
then are the other sales of the code read. One statement thus locks, writes the usual case (a code sold once) and tells
which codes were known. Codes are always taken in sorted order, so that two batches cannot wait for each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.screening.domain.prior import CodeSale

# Columns come as texts, a value a line ($10): the driver looks at every element of an array by itself, which for the
# thousands of codes of a batch takes longer than storing them. Only codes that were known come back: nearly none.
_TAKE = """
with taken as (
    insert into code_sale (
        traceability_code, ordinal, insured_ref, settlement_ref, institution_code, line_number,
        sold_at, split_pack, returned, position
    )
    select code, 0, person, settlement, institution, line, sold, split, returned, place
    from unnest(
        string_to_array($1, $10), string_to_array($2, $10), string_to_array($3, $10)::uuid[],
        string_to_array($4, $10), string_to_array($5, $10)::int[], $6::timestamptz[],
        string_to_array($7, $10)::boolean[], string_to_array($8, $10)::boolean[],
        string_to_array($9, $10)::bigint[]
    ) as sale (code, person, settlement, institution, line, sold, split, returned, place)
    on conflict (traceability_code, ordinal) do update set ordinal = excluded.ordinal
    returning old.traceability_code as known
)
select known from taken where known is not null
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
    """Lock the codes of a batch until the end of the transaction, store first sales, return what was known.

    ``sales`` are those of the batch in the order of its claims.
    """
    first: dict[str, CodeSale] = {}
    further = [sale for sale in sales if first.setdefault(sale.traceability_code, sale) is not sale]
    if not first:
        return Taken([], [])
    known = [row[0] for row in await connection.fetch(_TAKE, *_columns([first[code] for code in sorted(first)]))]
    next_ordinal: dict[str, int] = {}
    earlier: list[CodeSale] = []
    if known:
        for row in await connection.fetch(_SALES, known):
            code, ordinal = row[0], row[9]
            next_ordinal[code] = max(next_ordinal.get(code, 0), ordinal + 1)
            if not row[10]:
                earlier.append(CodeSale(*row[:9]))
    later: list[tuple[CodeSale, int]] = []
    for sale in (*(first[code] for code in known), *further):
        ordinal = next_ordinal.get(sale.traceability_code, 1)
        next_ordinal[sale.traceability_code] = ordinal + 1
        later.append((sale, ordinal))
    return Taken(earlier, later)


def _columns(sales: Sequence[CodeSale]) -> list[object]:
    codes, persons, refs, institutions, lines, sold, split, returned, places = zip(*sales, strict=True)
    # A claim's lines share its ref, and writing one out takes a microsecond.
    names = {ref: str(ref) for ref in set(refs)}
    texts = [
        "\n".join(column)
        for column in (
            codes,
            persons,
            [names[ref] for ref in refs],
            institutions,
            map(str, lines),
            map(str, split),
            map(str, returned),
            map(str, places),
        )
    ]
    return [*texts[:5], sold, *texts[5:], "\n"]


async def read(connection: asyncpg.Connection, codes: Iterable[str]) -> list[CodeSale]:
    """Return the sales of codes that still count, without locking them."""
    wanted = list(codes)
    return [CodeSale(*row) for row in await connection.fetch(_STANDING, wanted)] if wanted else []


async def copy(connection: asyncpg.Connection, later: Sequence[tuple[CodeSale, int]]) -> None:
    """Store the sales of a batch that ``take`` did not."""
    if later:
        await connection.copy_records_to_table(
            "code_sale", records=[(*sale, ordinal) for sale, ordinal in later], columns=(*CodeSale._fields, "ordinal")
        )


async def give_back(connection: asyncpg.Connection, sold: Sequence[Sold], now: datetime) -> None:
    """Let sales that were taken back count no longer; their codes may be sold again."""
    if sold:
        codes, refs, numbers = (list(column) for column in zip(*sold, strict=True))
        await connection.execute(_GIVE_BACK, codes, refs, numbers, now)

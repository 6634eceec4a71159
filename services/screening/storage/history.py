"""History of persons and practitioners: what checks may ask for, read once and written once a batch."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.screening.domain.history import HistoryNeeds, Remembered
from services.screening.domain.prior import Ineligibility, RememberedLine, Stay

# Persons and items apart, not as pairs: an item of a wide knowledge point asks for dozens of others, and a batch for
# tens of thousands of pairs. The index walks both lists at once; what it finds too much of, no check looks at.
_LINES = """
select insured_ref, item_code, charged_at, quantity_e4, amount_fen, settlement_ref, institution_code, line_number,
    position
from remembered_line
where insured_ref = any($1::text[]) and item_code = any($2::text[]) and charged_at >= $3
"""

_STAYS = """
select insured_ref, settlement_ref, institution_code, started_at, ended_at, position
from stay where insured_ref = any($1::text[])
"""

_INELIGIBILITIES = """
select practitioner_code, measure_id, effective_from, least(effective_until, lifted_from)
from ineligibility
where practitioner_code = any($1::text[]) and effective_from < least(effective_until, lifted_from)
"""

_FORGET = """
with gone (insured_ref, settlement_ref) as (select * from unnest($1::text[], $2::uuid[])),
lines as (
    delete from remembered_line using gone
    where remembered_line.insured_ref = gone.insured_ref and remembered_line.settlement_ref = gone.settlement_ref
)
delete from stay using gone
where stay.insured_ref = gone.insured_ref and stay.settlement_ref = gone.settlement_ref
"""


async def read_lines(connection: asyncpg.Connection, needs: HistoryNeeds) -> list[RememberedLine]:
    """Return the remembered lines of the asked persons and items."""
    if needs.since is None or not needs.lines:
        return []
    persons = list({person for person, _ in needs.lines})
    codes = list({code for _, code in needs.lines})
    return [RememberedLine(*row) for row in await connection.fetch(_LINES, persons, codes, needs.since)]


async def read_stays(connection: asyncpg.Connection, needs: HistoryNeeds) -> list[Stay]:
    """Return the inpatient stays of the asked persons."""
    if not needs.stays:
        return []
    return [Stay(*row) for row in await connection.fetch(_STAYS, list(needs.stays))]


async def read_ineligibilities(connection: asyncpg.Connection, needs: HistoryNeeds) -> list[Ineligibility]:
    """Return the measures that stand, or stood, against the asked practitioners."""
    if not needs.practitioners:
        return []
    return [Ineligibility(*row) for row in await connection.fetch(_INELIGIBILITIES, list(needs.practitioners))]


async def copy(connection: asyncpg.Connection, remembered: Sequence[Remembered]) -> None:
    """Store the lines and stays that claims leave for later ones."""
    lines = [line for left in remembered for line in left.lines]
    if lines:
        await connection.copy_records_to_table("remembered_line", records=lines, columns=RememberedLine._fields)
    stays = [stay for left in remembered for stay in left.stays]
    if stays:
        await connection.copy_records_to_table("stay", records=stays, columns=Stay._fields)


async def forget(connection: asyncpg.Connection, settlements: Sequence[tuple[str, UUID]]) -> None:
    """Remove what reversed settlements, given as (insured_ref, settlement_ref), left for later checks."""
    persons, settlement_refs = zip(*settlements, strict=True)
    await connection.execute(_FORGET, persons, settlement_refs)

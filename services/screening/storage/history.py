"""History of persons and practitioners: what checks may ask for, read once and written once a batch."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.intake import SettlementAccepted
from services.screening.domain.gatherings import EarlierStay
from services.screening.domain.history import History, HistoryNeeds, Remembered
from services.screening.domain.prior import CodeSale, Ineligibility, RememberedLine, Visit
from services.screening.storage import deaths, filed_lists

# Persons and items apart, not as pairs: an item of a wide knowledge point asks for dozens of others, and a batch for
# tens of thousands of pairs. The index walks both lists at once; what it finds too much of, no check looks at.
_LINES = """
select insured_ref, item_code, charged_at, quantity_e4, amount_fen, settlement_ref, institution_code, line_number,
    position
from remembered_line
where insured_ref = any($1::text[]) and item_code = any($2::text[]) and charged_at >= $3
"""

_VISITS = """
select insured_ref, settlement_ref, institution_code, care_setting, medical_type, main_diagnosis, started_at, ended_at,
    total_fen, position
from visit where insured_ref = any($1::text[]) and ended_at >= $2
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
delete from visit using gone
where visit.insured_ref = gone.insured_ref and visit.settlement_ref = gone.settlement_ref
"""


async def read(connection: asyncpg.Connection, needs: HistoryNeeds, *, sales: Iterable[CodeSale]) -> History:
    """Return all that ``needs`` asks for; sales are read by the caller, who may have to lock them."""
    return History(
        lines=await read_lines(connection, needs),
        visits=await read_visits(connection, needs),
        sales=sales,
        ineligibilities=await read_ineligibilities(connection, needs),
        lists=await filed_lists.read(connection, needs.lists),
        deaths=await deaths.read(connection, needs.persons),
    )


async def read_lines(connection: asyncpg.Connection, needs: HistoryNeeds) -> list[RememberedLine]:
    """Return the remembered lines of the asked persons and items."""
    if needs.since is None or not needs.lines:
        return []
    persons = list({person for person, _ in needs.lines})
    codes = list({code for _, code in needs.lines})
    return [RememberedLine(*row) for row in await connection.fetch(_LINES, persons, codes, needs.since)]


async def read_visits(connection: asyncpg.Connection, needs: HistoryNeeds) -> list[Visit]:
    """Return the visits of the asked persons."""
    if not needs.visits:
        return []
    return [Visit(*row) for row in await connection.fetch(_VISITS, list(needs.visits), needs.visits_since)]


async def stays_before(
    connection: asyncpg.Connection, stays: Sequence[SettlementAccepted], within_days: int
) -> set[UUID]:
    """Return those of some stays whose patient had left the same institution within days, as a plain count of returns.

    Whether a return was planned stands in no claim; lists code it differently from place to place.
    """
    if not stays:
        return set()
    rows = await connection.fetch(
        "select distinct stay.ref from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) "
        "as stay (ref, person, institution, begun) join visit on visit.insured_ref = stay.person "
        "and visit.institution_code = stay.institution and visit.care_setting = 'inpatient' "
        "and visit.settlement_ref <> stay.ref and visit.ended_at <= stay.begun "
        "and visit.ended_at >= stay.begun - make_interval(days => $5)",
        [stay.settlement_ref for stay in stays],
        [stay.insured_ref for stay in stays],
        [stay.institution.code for stay in stays],
        [stay.started_at for stay in stays],
        within_days,
    )
    return {row[0] for row in rows}


async def earlier_stays(
    connection: asyncpg.Connection, persons: Iterable[str], since: datetime, until: datetime
) -> list[EarlierStay]:
    """Return the stays of some persons that began in a time and stand."""
    rows = await connection.fetch(
        "select visit.insured_ref, visit.institution_code, settlement.settlement_id, visit.started_at "
        "from visit join settlement using (settlement_ref) "
        "where visit.insured_ref = any($1::text[]) and visit.care_setting = 'inpatient' "
        "and visit.started_at >= $2 and visit.started_at < $3 and settlement.reversed_at is null",
        list(persons),
        since,
        until,
    )
    return [EarlierStay(row[0], row[1], f"{row[1]}|{row[2]}", row[3]) for row in rows]


async def read_ineligibilities(connection: asyncpg.Connection, needs: HistoryNeeds) -> list[Ineligibility]:
    """Return the measures that stand, or stood, against the asked practitioners."""
    if not needs.practitioners:
        return []
    return [Ineligibility(*row) for row in await connection.fetch(_INELIGIBILITIES, list(needs.practitioners))]


async def copy(connection: asyncpg.Connection, remembered: Sequence[Remembered]) -> None:
    """Store the lines and visits that claims leave for later ones."""
    lines = [line for left in remembered for line in left.lines]
    if lines:
        await connection.copy_records_to_table("remembered_line", records=lines, columns=RememberedLine._fields)
    visits = [visit for left in remembered for visit in left.visits]
    if visits:
        await connection.copy_records_to_table("visit", records=visits, columns=Visit._fields)


async def forget(connection: asyncpg.Connection, settlements: Sequence[tuple[str, UUID]]) -> None:
    """Remove what reversed settlements, given as (insured_ref, settlement_ref), left for later checks."""
    persons, settlement_refs = zip(*settlements, strict=True)
    await connection.execute(_FORGET, persons, settlement_refs)

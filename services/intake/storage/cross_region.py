"""Settlements away from the place of insurance, and the second reports of settlements that both places report."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.storage.settlements import Key
from services.kit.db import driver

Identity = tuple[str, str]
"""Institution code and the id that both reports of one settlement carry (``medins_setl_id``)."""

_CLAIM = """
insert into settlement_identity (institution_code, sender_settlement_id, settlement_id)
select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing
"""

_CLAIMED = """
select institution_code, sender_settlement_id, settlement_id from settlement_identity
where (institution_code, sender_settlement_id) in (select * from unnest($1::text[], $2::text[]))
"""

_LINK = """
insert into settlement_second_report (institution_code, settlement_id, stands_under, received_at, total_fen, fund_fen,
    account_fen, cash_fen, differs)
select institution_code, settlement_id, stands_under, $9, total_fen, fund_fen, account_fen, cash_fen, differs
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[])
    as report (institution_code, settlement_id, stands_under, total_fen, fund_fen, account_fen, cash_fen, differs)
on conflict (institution_code, settlement_id) do nothing
"""

_ABROAD = """
insert into settlement_abroad (settlement_ref, treatment_region, insured_region)
select * from unnest($1::uuid[], $2::text[], $3::text[])
"""


class Amounts(msgspec.Struct, frozen=True):
    """What a settlement cost and who paid; fields of the stored fact."""

    total_fen: int
    fund_fen: int
    account_fen: int
    cash_fen: int


class SecondReport(NamedTuple):
    """A report that came second."""

    key: Key
    stands_under: str
    amounts: Amounts
    differs: bool


_AMOUNTS = msgspec.json.Decoder(Amounts)


async def claim(session: AsyncSession, identities: dict[Identity, str]) -> dict[Identity, str]:
    """Claim identities for settlement ids; return whose each is now: ours, or that of the report that came first.

    A claim that another transaction has made and not yet committed is waited for.
    """
    ordered = sorted(identities)
    connection = await driver(session)
    institutions, senders = [one[0] for one in ordered], [one[1] for one in ordered]
    await connection.execute(_CLAIM, institutions, senders, [identities[one] for one in ordered])
    return {(row[0], row[1]): row[2] for row in await connection.fetch(_CLAIMED, institutions, senders)}


async def amounts_of(session: AsyncSession, keys: Collection[Key]) -> dict[Key, Amounts]:
    """Return the amounts of settlements."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select institution_code, settlement_id, body from settlement "
        "where (institution_code, settlement_id) in (select * from unnest($1::text[], $2::text[]))",
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {(row[0], row[1]): _AMOUNTS.decode(row[2]) for row in rows}


async def link(session: AsyncSession, reports: Sequence[SecondReport], *, now: datetime) -> None:
    """Keep reports that came second; one that was kept before stays."""
    connection = await driver(session)
    await connection.execute(
        _LINK,
        [one.key[0] for one in reports],
        [one.key[1] for one in reports],
        [one.stands_under for one in reports],
        [one.amounts.total_fen for one in reports],
        [one.amounts.fund_fen for one in reports],
        [one.amounts.account_fen for one in reports],
        [one.amounts.cash_fen for one in reports],
        [one.differs for one in reports],
        now,
    )


async def note_abroad(session: AsyncSession, settlements: Sequence[tuple[UUID, str, str]]) -> None:
    """Note settlements with their place of treatment and their place of insurance."""
    connection = await driver(session)
    await connection.execute(_ABROAD, *(list(column) for column in zip(*settlements, strict=True)))


async def first_keys(session: AsyncSession, keys: Collection[Key]) -> dict[Key, Key]:
    """Return, for the keys of reports that came second, the key of the one that stands; others are left out."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select institution_code, settlement_id, stands_under from settlement_second_report "
        "where (institution_code, settlement_id) in (select * from unnest($1::text[], $2::text[]))",
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {(row[0], row[1]): (row[0], row[2]) for row in rows}

"""What was taken back of settlements."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

_COLUMNS = "settlement_ref, reversal_id, digest, whole, amount_fen, lines, remaining_fen, reversed_at"


class StoredReversal(NamedTuple):
    """One reversal."""

    settlement_ref: UUID
    reversal_id: str
    digest: bytes
    whole: bool
    """Whether nothing of the settlement was left after it."""
    amount_fen: int
    lines: str
    """JSON list of [number, quantity_e4, amount_fen]."""
    remaining_fen: int
    reversed_at: datetime


async def of(session: AsyncSession, settlement_refs: Sequence[UUID]) -> list[StoredReversal]:
    """Return the reversals of settlements, in the order in which they were taken."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {_COLUMNS} from settlement_reversal where settlement_ref = any($1::uuid[])"
        " order by reversed_at, reversal_id",
        list(settlement_refs),
    )
    return [StoredReversal(*row) for row in rows]


async def add(session: AsyncSession, reversals: Sequence[StoredReversal]) -> None:
    """Write reversals; their settlements are locked."""
    connection = await driver(session)
    await connection.copy_records_to_table(
        "settlement_reversal", records=reversals, columns=list(StoredReversal._fields)
    )

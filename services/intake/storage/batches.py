"""What was taken of batches that callers named; written in the transactions that store their lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

_COLUMNS = "batch_id, next_line, created, same, conflict, rejected, finished, begun_at, changed_at"

_BEGIN = f"""
insert into settlement_batch (owner, {_COLUMNS})
values ($1, $2, 1, 0, 0, 0, 0, false, $3, $3)
on conflict (owner, batch_id) do update set changed_at = excluded.changed_at
returning {_COLUMNS}
"""

_LOCK = "select next_line from settlement_batch where owner = $1 and batch_id = $2 for update"

_RECORD = """
update settlement_batch set next_line = $3, created = created + $4, same = same + $5, conflict = conflict + $6,
    rejected = rejected + $7, changed_at = $8
where owner = $1 and batch_id = $2
"""

_FORGET = """
delete from settlement_batch where (owner, batch_id) in (
    select owner, batch_id from settlement_batch where changed_at < $1
    order by changed_at limit $2 for update skip locked
)
"""

FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class BatchKey:
    """A batch and who named it; another caller's batch of the same name is another."""

    owner: str
    batch_id: str


class StoredBatch(NamedTuple):
    """What was taken of a batch."""

    batch_id: str
    next_line: int
    """First line that was not taken; all before it were."""
    created: int
    same: int
    conflict: int
    rejected: int
    finished: bool
    """The end of the body was reached, and every line before it was taken."""
    begun_at: datetime
    changed_at: datetime


async def begin(session: AsyncSession, key: BatchKey, *, now: datetime) -> StoredBatch:
    """Return what was taken of a batch so far, noting the batch when it is new."""
    connection = await driver(session)
    return StoredBatch(*await connection.fetchrow(_BEGIN, key.owner, key.batch_id, now))


async def find(session: AsyncSession, key: BatchKey) -> StoredBatch | None:
    """Return what was taken of a batch; None when it is not known, or no more."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"select {_COLUMNS} from settlement_batch where owner = $1 and batch_id = $2", key.owner, key.batch_id
    )
    return StoredBatch(*row) if row else None


async def record(
    session: AsyncSession, key: BatchKey, lines: Sequence[int], statuses: Sequence[str], *, now: datetime
) -> None:
    """Note that lines were taken, with the status of each; lines that were taken before count no second time."""
    connection = await driver(session)
    next_line = await connection.fetchval(_LOCK, key.owner, key.batch_id)
    if next_line is None or not lines or lines[-1] < next_line:
        return
    counted = Counter(status for line, status in zip(lines, statuses, strict=True) if line >= next_line)
    await connection.execute(
        _RECORD,
        key.owner,
        key.batch_id,
        lines[-1] + 1,
        counted["created"],
        counted["same"],
        counted["conflict"],
        counted["rejected"],
        now,
    )


async def finish(session: AsyncSession, key: BatchKey, *, now: datetime) -> None:
    """Note that the end of a batch was reached."""
    connection = await driver(session)
    await connection.execute(
        "update settlement_batch set finished = true, changed_at = $3 where owner = $1 and batch_id = $2",
        key.owner,
        key.batch_id,
        now,
    )


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Remove some batches that did not change since an instant."""
    connection = await driver(session)
    await connection.execute(_FORGET, before, FORGOTTEN_AT_ONCE)

"""Credentials that institutions sign the national interface with, and the nonces that were used."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

_COLUMNS = "key_id, institution_code, sealed_secret, created_at, created_by, retired_at"


class StoredCredential(NamedTuple):
    """A credential; its secret is sealed."""

    key_id: str
    institution_code: str
    sealed_secret: bytes
    created_at: datetime
    created_by: str
    retired_at: datetime | None


async def lock_institution(session: AsyncSession, institution_code: str) -> None:
    """Let the credentials of one institution change one at a time."""
    connection = await driver(session)
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"interface_credential:{institution_code}"
    )


async def add(session: AsyncSession, credential: StoredCredential) -> bool:
    """Write a new credential; False when its key id is taken."""
    connection = await driver(session)
    return bool(
        await connection.fetchval(
            f"insert into interface_credential ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6) "
            "on conflict do nothing returning true",
            *credential,
        )
    )


async def live(session: AsyncSession, key_id: str) -> StoredCredential | None:
    """Return a credential that is not retired."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"select {_COLUMNS} from interface_credential where key_id = $1 and retired_at is null", key_id
    )
    return StoredCredential(*row) if row else None


async def of_institution(session: AsyncSession, institution_code: str) -> Sequence[StoredCredential]:
    """Return every credential of an institution, the newest first."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {_COLUMNS} from interface_credential where institution_code = $1 order by created_at desc, key_id",
        institution_code,
    )
    return [StoredCredential(*row) for row in rows]


async def retire(session: AsyncSession, institution_code: str, key_id: str, *, now: datetime) -> bool:
    """Retire a credential; False when the institution has no such credential."""
    connection = await driver(session)
    return bool(
        await connection.fetchval(
            "update interface_credential set retired_at = coalesce(retired_at, $3) "
            "where institution_code = $1 and key_id = $2 returning true",
            institution_code,
            key_id,
            now,
        )
    )


async def use_nonce(session: AsyncSession, key_id: str, nonce: str, *, expires_at: datetime) -> bool:
    """Remember a nonce; False when it was used before."""
    connection = await driver(session)
    # Not waited for: were the server to lose the last moment's nonces, a replay would meet transactions that were
    # kept, and those answer the same again.
    await connection.execute("set local synchronous_commit = off")
    return bool(
        await connection.fetchval(
            "insert into interface_nonce (key_id, nonce, expires_at) values ($1, $2, $3) "
            "on conflict do nothing returning true",
            key_id,
            nonce,
            expires_at,
        )
    )


async def forget_nonces(session: AsyncSession, *, now: datetime) -> None:
    """Forget nonces whose timestamp is refused by now anyway."""
    connection = await driver(session)
    await connection.execute("delete from interface_nonce where expires_at < $1", now)

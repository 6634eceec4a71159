"""The key of pseudonyms as it lies in the database: sealed under the secret that operators hold."""

from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import sqlalchemy as sa
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.storage.tables import pseudonym_key

_FINGERPRINT_BYTES = 8
UNKEPT = "-"
"""Row that a migration leaves where settlements were taken before keys were kept: nothing is sealed in it."""


class SealedKey(NamedTuple):
    """The key, readable only with one secret."""

    sealed_under: str
    sealed: bytes
    sealed_at: datetime


def fingerprint(secret: str) -> str:
    """Return what tells secrets apart without telling them."""
    return blake2b(secret.encode(), digest_size=_FINGERPRINT_BYTES, person=b"insured-secret").hexdigest()


def _box(secret: str) -> SecretBox:
    return SecretBox(blake2b(secret.encode(), digest_size=SecretBox.KEY_SIZE, person=b"insured-seal").digest())


def seal(key: bytes, secret: str, *, now: datetime) -> SealedKey:
    """Return the key sealed under a secret."""
    return SealedKey(fingerprint(secret), bytes(_box(secret).encrypt(key)), now)


def unseal(sealed: SealedKey, secret: str) -> bytes:
    """Return the key; raises ValueError when the secret does not open it."""
    try:
        return _box(secret).decrypt(sealed.sealed)
    except CryptoError:
        raise ValueError("the sealed pseudonym key is damaged") from None


async def lock(session: AsyncSession) -> None:
    """Let processes that start at once go one after the other."""
    await session.execute(sa.text("select pg_advisory_xact_lock(hashtext('intake.pseudonym_key'))"))


async def all_sealed(session: AsyncSession) -> dict[str, SealedKey]:
    """Return the key as it is sealed, by the secret's fingerprint."""
    rows = await session.execute(sa.select(pseudonym_key))
    return {row.sealed_under: SealedKey(row.sealed_under, row.sealed, row.sealed_at) for row in rows}


async def add(session: AsyncSession, sealed: SealedKey) -> None:
    """Keep the key sealed under one more secret."""
    await session.execute(sa.insert(pseudonym_key).values(sealed._asdict()))


async def drop_older(session: AsyncSession, than: SealedKey) -> int:
    """Remove the key as sealed under secrets before this one; return how many."""
    removed = await session.execute(
        sa.delete(pseudonym_key).where(pseudonym_key.c.sealed_at < than.sealed_at).returning(pseudonym_key.c.sealed_at)
    )
    return len(removed.all())


async def drop(session: AsyncSession, sealed_under: str) -> None:
    """Remove one row."""
    await session.execute(sa.delete(pseudonym_key).where(pseudonym_key.c.sealed_under == sealed_under))

"""Commitments to tips and the days they are published in."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from nacl.signing import SigningKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.filing import PublishedDay
from services.tips.storage.keyring import key_id
from services.tips.storage.tables import filing_days, filing_keys, filing_leaves, filings

_DAY_LOCK = 0x7469_7073_6669_6C65
"""Advisory lock: shared by whoever files, alone for whoever publishes, so that no day is published around a filing."""


class FilingSigner:
    """Signs statements and days (Ed25519)."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.public_key = bytes(self._key.verify_key)
        self.key_id = key_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes."""
        return self._key.sign(message).signature


async def open_day(session: AsyncSession, today: date) -> date:
    """Return the day a tip is filed on: today, or the first after the last that was published.

    Until the transaction ends no day can be published. Take it before any other lock.
    """
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_DAY_LOCK)))
    last = await session.scalar(sa.select(sa.func.max(filing_days.c.day)))
    return today if last is None else max(today, last + timedelta(days=1))


async def add_commitment(session: AsyncSession, commitment: bytes, day: date) -> None:
    """File a commitment; the database refuses a day that is published."""
    await session.execute(sa.insert(filings).values(commitment=commitment, day=day))


async def lock_days(session: AsyncSession) -> PublishedDay | None:
    """Keep everybody from filing until the transaction ends, and return the last published day."""
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(_DAY_LOCK)))
    query = sa.select(filing_days).order_by(filing_days.c.day.desc()).limit(1)
    row = (await session.execute(query)).mappings().first()
    return None if row is None else PublishedDay(**row)


async def first_filing_day(session: AsyncSession) -> date | None:
    """Return the earliest day anything was filed on."""
    day: date | None = await session.scalar(sa.select(sa.func.min(filings.c.day)))
    return day


async def commitments_of(session: AsyncSession, day: date) -> list[bytes]:
    """Return the commitments of a day."""
    return list(await session.scalars(sa.select(filings.c.commitment).where(filings.c.day == day)))


async def store_day(session: AsyncSession, published: PublishedDay, leaves: Sequence[bytes]) -> None:
    """Store a published day with its leaves in their order."""
    values = {name: getattr(published, name) for name in PublishedDay.__dataclass_fields__}
    await session.execute(sa.insert(filing_days).values(**values))
    rows = [{"day": published.day, "position": at, "commitment": leaf} for at, leaf in enumerate(leaves)]
    await session.execute(sa.insert(filing_leaves), rows)


async def find_day(session: AsyncSession, day: date) -> PublishedDay | None:
    """Return a published day."""
    row = (await session.execute(sa.select(filing_days).where(filing_days.c.day == day))).mappings().first()
    return None if row is None else PublishedDay(**row)


async def list_days(session: AsyncSession, *, before: date | None, limit: int) -> list[PublishedDay]:
    """Return published days, the latest first."""
    query = sa.select(filing_days).order_by(filing_days.c.day.desc()).limit(limit)
    if before is not None:
        query = query.where(filing_days.c.day < before)
    return [PublishedDay(**row) for row in (await session.execute(query)).mappings()]


async def find_leaf(session: AsyncSession, commitment: bytes) -> tuple[date, int] | None:
    """Return where a commitment stands; None until its day is published."""
    query = sa.select(filing_leaves.c.day, filing_leaves.c.position).where(filing_leaves.c.commitment == commitment)
    row = (await session.execute(query)).first()
    return None if row is None else (row.day, row.position)


async def leaves_of(session: AsyncSession, day: date) -> list[bytes]:
    """Return the leaves of a published day in their order."""
    query = sa.select(filing_leaves.c.commitment).where(filing_leaves.c.day == day)
    return list(await session.scalars(query.order_by(filing_leaves.c.position)))


async def remember_key(session: AsyncSession, signer: FilingSigner, today: date) -> None:
    """Put a signing key into the public history at its first use."""
    values = {"key_id": signer.key_id, "public_key": signer.public_key, "first_used_on": today}
    await session.execute(insert(filing_keys).values(values).on_conflict_do_nothing())


async def list_keys(session: AsyncSession) -> list[tuple[str, bytes, date]]:
    """Return every key that has signed: id, public key, first day."""
    rows = await session.execute(sa.select(filing_keys).order_by(filing_keys.c.first_used_on, filing_keys.c.key_id))
    return [(row.key_id, row.public_key, row.first_used_on) for row in rows]

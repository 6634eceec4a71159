"""Files of tips as rows: the file's key, and what its name and type are, sealed for the team."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.attachment import MetadataState, ScanState
from services.tips.storage.sealing import OpenTip
from services.tips.storage.tables import attachments


class FileDescription(msgspec.Struct, frozen=True):
    """What the team may know of a file."""

    name: str
    media_type: str
    extension: str
    digest: str
    """SHA-256 of what was sent, in hexadecimal."""


@dataclass(frozen=True, slots=True, repr=False)
class StoredFile:
    """A file of a tip."""

    id: UUID
    tip_id: UUID
    number: int
    added_on: date
    size_bytes: int
    metadata: MetadataState
    scan: ScanState
    wrapped_key: bytes
    description: bytes
    fingerprint: bytes


def opened_description(tip: OpenTip, file: StoredFile) -> FileDescription:
    """Open what the team may know of a file; raises Unreadable."""
    return msgspec.json.decode(tip.opened(file.description), type=FileDescription)


async def insert_file(session: AsyncSession, file: StoredFile) -> bool:
    """Store a file as the last of its tip, which must be locked; False where the tip has the same file already."""
    last = await session.scalar(sa.select(sa.func.max(attachments.c.number)).where(attachments.c.tip_id == file.tip_id))
    stored = await session.scalar(
        insert(attachments)
        .values(
            id=file.id,
            tip_id=file.tip_id,
            number=(last or 0) + 1,
            added_on=file.added_on,
            size_bytes=file.size_bytes,
            metadata_state=file.metadata,
            scan_state=file.scan,
            wrapped_key=file.wrapped_key,
            description=file.description,
            fingerprint=file.fingerprint,
        )
        .on_conflict_do_nothing(index_elements=[attachments.c.tip_id, attachments.c.fingerprint])
        .returning(attachments.c.id)
    )
    return stored is not None


async def list_files(session: AsyncSession, tip_id: UUID) -> list[StoredFile]:
    """Return the files of a tip in order."""
    query = sa.select(attachments).where(attachments.c.tip_id == tip_id).order_by(attachments.c.number)
    return [_file(row) for row in await session.execute(query)]


async def find_file(session: AsyncSession, tip_id: UUID, file_id: UUID) -> StoredFile | None:
    """Return a file of a tip; one of another tip is none."""
    query = sa.select(attachments).where(attachments.c.id == file_id, attachments.c.tip_id == tip_id)
    row = (await session.execute(query)).first()
    return None if row is None else _file(row)


async def measure(session: AsyncSession, tip_id: UUID) -> tuple[int, int]:
    """Return how many files a tip has and how many bytes they are together."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(attachments.c.size_bytes), 0))
    files, size_bytes = (await session.execute(query.where(attachments.c.tip_id == tip_id))).one()
    return files, int(size_bytes)


async def set_scan(session: AsyncSession, file_id: UUID, scan: ScanState) -> None:
    """Remember what a later scan said."""
    await session.execute(sa.update(attachments).where(attachments.c.id == file_id).values(scan_state=scan))


async def unknown_among(session: AsyncSession, file_ids: Collection[UUID]) -> Sequence[UUID]:
    """Return those ids that belong to no tip."""
    known = set(await session.scalars(sa.select(attachments.c.id).where(attachments.c.id.in_(file_ids))))
    return [file_id for file_id in file_ids if file_id not in known]


async def delete_files(session: AsyncSession, tip_id: UUID) -> list[UUID]:
    """Delete the rows of a tip's files and return their ids; the files go after the transaction."""
    statement = sa.delete(attachments).where(attachments.c.tip_id == tip_id).returning(attachments.c.id)
    return list(await session.scalars(statement))


def _file(row: sa.Row[tuple[object, ...]]) -> StoredFile:
    return StoredFile(
        id=row.id,
        tip_id=row.tip_id,
        number=row.number,
        added_on=row.added_on,
        size_bytes=row.size_bytes,
        metadata=MetadataState(row.metadata_state),
        scan=ScanState(row.scan_state),
        wrapped_key=row.wrapped_key,
        description=row.description,
        fingerprint=row.fingerprint,
    )

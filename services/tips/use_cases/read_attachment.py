"""Hand a file of a tip to a handler."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound, Unavailable
from services.tips.domain.attachment import MetadataState, ScanState
from services.tips.storage import attachments, tips
from services.tips.storage.attachment_files import AttachmentFiles
from services.tips.storage.attachments import FileDescription, StoredFile, opened_description
from services.tips.storage.sealing import TeamReader, Unreadable
from services.tips.use_cases.handling import locked_tip, log_step


@dataclass(frozen=True, slots=True, repr=False)
class OpenFile:
    """A file on its way to a handler."""

    number: int
    size_bytes: int
    metadata: MetadataState
    scan: ScanState
    description: FileDescription
    chunks: AsyncIterator[bytes]


class ReadAttachment:
    """Decrypts a file as it is sent, and logs who asked for it."""

    def __init__(self, database: Database, clock: Clock, reader: TeamReader, files: AttachmentFiles) -> None:
        self._database = database
        self._clock = clock
        self._reader = reader
        self._files = files

    async def __call__(self, tip_id: UUID, file_id: UUID, *, by: str) -> OpenFile:
        """Return a file; raises NotFound, Conflict for an infected one, and Unavailable without the team's key."""
        async with self._database.reading() as session:
            file, key, description = await self._find(session, tip_id, file_id)
        scan = await self._scanned(file, key)
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            if scan is not file.scan:
                await attachments.set_scan(session, file_id, scan)
            if scan is not ScanState.INFECTED:
                await log_step(session, tip, "attachment_read", by=by, now=now, details={"number": file.number})
        if scan is ScanState.INFECTED:
            raise Conflict(
                "file_infected",
                zh="该附件检出恶意程序，已隔离。",
                en="A scanner found malware in this file; it is quarantined.",
            )
        chunks = self._files.read(file_id, key)
        return OpenFile(file.number, file.size_bytes, file.metadata, scan, description, chunks)

    async def _find(
        self, session: AsyncSession, tip_id: UUID, file_id: UUID
    ) -> tuple[StoredFile, bytes, FileDescription]:
        sealed = await tips.find_sealed(session, tip_id)
        file = await attachments.find_file(session, tip_id, file_id)
        if sealed is None or file is None:
            raise NotFound("file_unknown", zh="没有这个附件。", en="There is no such file.")
        try:
            tip = self._reader.open(sealed.keys)
            return file, tip.opened(file.wrapped_key), opened_description(tip, file)
        except Unreadable as error:
            raise Unavailable(
                "tip_unreadable",
                zh="本进程的密钥无法解开该附件。",
                en="The key of this process does not open this file.",
            ) from error

    async def _scanned(self, file: StoredFile, key: bytes) -> ScanState:
        """Scan now what could not be scanned when it came."""
        if file.scan is not ScanState.UNSCANNED or not self._files.scans:
            return file.scan
        return await self._files.scan(file.id, key)

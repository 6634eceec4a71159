"""Takes files in as a stream and keeps them encrypted in a folder; no plaintext ever touches the disk.

A file is encrypted as it arrives, under a key that is only in this process's memory; it is scanned and rewritten from
there, through pipes. Only the transaction that stores the wrapped key makes it a part of a tip. A process that dies
before leaves bytes that nobody can read, which the sweep removes.
"""

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

from services.kit.errors import Malformed, TooLarge, TooMany, Unavailable
from services.tips.domain.attachment import MetadataState, ScanState
from services.tips.domain.file_type import HEAD_BYTES, Family, FileType, file_type
from services.tips.storage.rewriting import clean, in_process, rewrite
from services.tips.storage.sealed_stream import SealedWriter, read_sealed
from services.tips.storage.virus_scanner import VirusScanner

STALE_PART_SECONDS = 3600
"""A file on its way that nobody has added to for so long is one whose process died."""
_WRITE_BYTES = 256 * 1024
_CLEANED_AT_ONCE = 2
"""Files this process cleans by itself at a time, so that threads are left for receipts."""


@dataclass(frozen=True, slots=True, repr=False)
class TakenFile:
    """A file that is on the disk, encrypted, and belongs to no tip yet."""

    id: UUID
    key: bytes
    name: str
    kind: FileType
    size_bytes: int
    digest: bytes
    """SHA-256 of what was sent, before metadata was taken out."""
    metadata: MetadataState
    scan: ScanState


class AttachmentFiles:
    """The folder of encrypted files."""

    def __init__(
        self,
        folder: Path,
        scanner: VirusScanner,
        *,
        file_bytes: int,
        free_bytes: int,
        rewrite_bytes: int,
        rewrites_at_once: int,
        uploads_at_once: int,
        families: Collection[Family],
    ) -> None:
        self._folder = folder
        self._scanner = scanner
        self._file_bytes = file_bytes
        self._free_bytes = free_bytes
        self._rewrite_bytes = rewrite_bytes
        self._rewrites = asyncio.Semaphore(rewrites_at_once)
        self._cleanings = asyncio.Semaphore(_CLEANED_AT_ONCE)
        self._places = uploads_at_once
        self._families = families
        self._durable: set[Path] = set()
        """Folders of which the disk knows that they are there."""

    @property
    def scans(self) -> bool:
        """Whether there is a scanner to ask."""
        return self._scanner.configured

    async def take(self, name: str, chunks: AsyncIterator[bytes], *, day: datetime) -> TakenFile | None:
        """Take a file in; None for an empty one. ``day`` is what the disk is told about when.

        Raises TooLarge, Malformed for a type that is not taken, TooMany, Unavailable for a full disk, and OSError.
        """
        with self._place():
            part = await self._receive(chunks)
            if part is None:
                return None
            writer, kind, digest = part
            received = writer.size_bytes
            try:
                scan = await self._scanner.scan(_chunks(writer.path, writer.key))
                metadata, writer = await self._stripped(writer, kind, infected=scan is ScanState.INFECTED)
                taken = TakenFile(
                    uuid4(), writer.key, name, kind, writer.size_bytes or received, digest, metadata, scan
                )
                await asyncio.to_thread(self._settle, writer.path, taken.id, day)
            except BaseException:
                writer.discard()
                raise
            return taken

    def path(self, file_id: UUID) -> Path:
        """Where a file lies."""
        return self._folder / file_id.hex[:2] / file_id.hex

    async def read(self, file_id: UUID, key: bytes) -> AsyncIterator[bytes]:
        """Yield the content of a file; raises Unreadable, and FileNotFoundError once it is removed."""
        async for chunk in _chunks(self.path(file_id), key):
            yield chunk

    async def scan(self, file_id: UUID, key: bytes) -> ScanState:
        """Scan a file that could not be scanned when it came."""
        return await self._scanner.scan(_chunks(self.path(file_id), key))

    def remove(self, file_ids: Collection[UUID]) -> None:
        """Remove files; those that are gone already are passed over."""
        for file_id in file_ids:
            self.path(file_id).unlink(missing_ok=True)

    def stale(self, *, settled_before: datetime) -> list[UUID]:
        """Remove what died on its way in, and return the settled files of earlier days, for somebody to ask after."""
        for part in (self._folder / "incoming").glob("*"):
            if part.stat().st_mtime < time.time() - STALE_PART_SECONDS:
                part.unlink(missing_ok=True)
        found = []
        for path in self._folder.glob("??/*"):
            try:
                if path.stat().st_mtime < settled_before.timestamp():
                    found.append(UUID(hex=path.name))
            except (FileNotFoundError, ValueError):
                continue
        return found

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._places <= 0:
            raise TooMany(
                "uploads_busy",
                zh="正在上传的人数较多，请稍后再试。",
                en="Many files are being sent now; try again later.",
                retry_after=30,
            )
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1

    async def _receive(self, chunks: AsyncIterator[bytes]) -> tuple[SealedWriter, FileType, bytes] | None:
        writer = await asyncio.to_thread(self._new_part)
        head, pending, digest = b"", bytearray(), hashlib.sha256()
        size = 0
        try:
            async for chunk in chunks:
                size += len(chunk)
                self._require_size(size)
                if len(head) < HEAD_BYTES:
                    head += chunk[: HEAD_BYTES - len(head)]
                    if len(head) == HEAD_BYTES:
                        self._known_type(head)
                digest.update(chunk)
                pending += chunk
                if len(pending) >= _WRITE_BYTES:
                    await asyncio.to_thread(writer.write, bytes(pending))
                    pending.clear()
            if not size:
                writer.discard()
                return None
            kind = self._known_type(head)
            await asyncio.to_thread(writer.write, bytes(pending))
            await asyncio.to_thread(writer.finish)
        except BaseException:
            writer.discard()
            raise
        return writer, kind, digest.digest()

    def _new_part(self) -> SealedWriter:
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        # While a file is cleaned it is there twice.
        if shutil.disk_usage(incoming).free < self._free_bytes + 2 * self._file_bytes:
            raise Unavailable("files_disk_full", zh="暂时不能接收附件。", en="No files can be taken at the moment.")
        return SealedWriter(incoming / uuid4().hex)

    async def _stripped(
        self, writer: SealedWriter, kind: FileType, *, infected: bool
    ) -> tuple[MetadataState, SealedWriter]:
        """Return the file without metadata; where that cannot be, or must not be tried, the file itself."""
        if kind.family is Family.TEXT:
            return MetadataState.NONE, writer
        if kind.rewriter is None or infected:
            return MetadataState.KEPT_FORMAT, writer
        into = writer.path.with_name(uuid4().hex)
        if in_process(kind.rewriter):
            async with self._cleanings:
                state, rewritten = await clean(kind.rewriter, writer, into)
        elif writer.size_bytes > self._rewrite_bytes:
            return MetadataState.KEPT_SIZE, writer
        else:
            chunks = _chunks(writer.path, writer.key)
            async with self._rewrites:
                state, rewritten = await rewrite(kind.rewriter, chunks, into, most_bytes=2 * self._rewrite_bytes)
        if rewritten is None:
            return state, writer
        writer.discard()
        return state, rewritten

    def _settle(self, part: Path, file_id: UUID, day: datetime) -> None:
        """Move a finished file to its place, durably; its time on the disk is the day, not the minute."""
        path = self.path(file_id)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        os.utime(part, (day.timestamp(), day.timestamp()))
        _flush(part)
        part.rename(path)
        _flush(path.parent)
        if path.parent not in self._durable:
            _flush(self._folder)
            self._durable.add(path.parent)

    def _known_type(self, head: bytes) -> FileType:
        kind = file_type(head)
        if kind is None or kind.family not in self._families:
            raise Malformed(
                "file_type_refused",
                zh="不接受这种文件。可以提交图片、PDF、办公文档、音频、视频、文本和压缩包。",
                en="Files of this type are not taken. Send pictures, PDF, office files, audio, video, text, archives.",
            )
        return kind

    def _require_size(self, size_bytes: int) -> None:
        if size_bytes <= self._file_bytes:
            return
        most = self._file_bytes // 2**20
        raise TooLarge("file_too_large", zh=f"单个附件最大 {most} MB。", en=f"A file may have at most {most} MB.")


def _flush(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _chunks(path: Path, key: bytes) -> AsyncIterator[bytes]:
    """Read an encrypted file in threads, some chunks at a time."""
    reading = read_sealed(path, key)

    def some() -> list[bytes]:
        return list(islice(reading, 4))

    try:
        while chunks := await asyncio.to_thread(some):
            for chunk in chunks:
                yield chunk
    finally:
        reading.close()

"""Asks ClamAV's daemon about files, over its INSTREAM command."""

import asyncio
from collections.abc import AsyncIterable
from urllib.parse import urlsplit

from services.tips.domain.attachment import ScanState

_SECONDS = 120.0
"""Longest time a scan may take."""


class VirusScanner:
    """Scans streams; an address that is empty or answers nothing leaves files unscanned."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address) if address else None

    @property
    def configured(self) -> bool:
        """Whether there is a scanner to ask."""
        return self._address is not None

    async def scan(self, chunks: AsyncIterable[bytes]) -> ScanState:
        """Return what the scanner says; UNSCANNED where it cannot be reached, breaks off or refuses the size."""
        if self._address is None:
            return ScanState.UNSCANNED
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._scan(chunks)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return ScanState.UNSCANNED

    async def _scan(self, chunks: AsyncIterable[bytes]) -> ScanState:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in chunks:
                writer.write(len(chunk).to_bytes(4) + chunk)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            answer = (await reader.readuntil(b"\0"))[:-1]
        finally:
            writer.close()
        if answer.endswith(b" FOUND"):
            return ScanState.INFECTED
        return ScanState.CLEAN if answer == b"stream: OK" else ScanState.UNSCANNED

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = self._address
        assert address is not None  # noqa: S101 - `scan` asks first
        if address.scheme == "unix":
            return await asyncio.open_unix_connection(address.path)
        return await asyncio.open_connection(address.hostname, address.port)

"""Runs the program that takes metadata out, on a file that stays encrypted on disk before and after."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

from services.tips.domain.attachment import MetadataState
from services.tips.domain.file_type import Rewriter
from services.tips.storage.metadata_rewriter import TOO_LARGE
from services.tips.storage.sealed_stream import CHUNK_BYTES, SealedWriter

_PROGRAM = Path(__file__).with_name("metadata_rewriter.py")
_SECONDS = 120.0


async def rewrite(
    rewriter: Rewriter, chunks: AsyncIterator[bytes], into: Path, *, most_bytes: int
) -> tuple[MetadataState, SealedWriter | None]:
    """Return STRIPPED and the new encrypted file, not finished yet; or why it was not possible, and None."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PROGRAM), rewriter, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
    )
    writer = SealedWriter(into)
    try:
        async with asyncio.timeout(_SECONDS):
            feeding = asyncio.create_task(_feed(process, chunks))
            try:
                fits = await _collect(process, writer, most_bytes)
                if not fits:
                    process.kill()
                code = await process.wait()
            finally:
                feeding.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await feeding
    except TimeoutError:
        writer.discard()
        return MetadataState.KEPT_SIZE, None
    except BaseException:
        writer.discard()
        raise
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code == 0 and fits and writer.size_bytes:
        return MetadataState.STRIPPED, writer
    writer.discard()
    return MetadataState.KEPT_SIZE if code == TOO_LARGE or not fits else MetadataState.KEPT_BROKEN, None


async def _feed(process: Process, chunks: AsyncIterator[bytes]) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for above
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        async for chunk in chunks:
            process.stdin.write(chunk)
            await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _collect(process: Process, writer: SealedWriter, most_bytes: int) -> bool:
    assert process.stdout is not None  # noqa: S101 - asked for above
    while chunk := await process.stdout.read(CHUNK_BYTES):
        await asyncio.to_thread(writer.write, chunk)
        if writer.size_bytes > most_bytes:
            return False
    return True

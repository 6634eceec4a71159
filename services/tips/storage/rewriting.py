"""Runs the program that takes metadata out, on a file that stays encrypted on disk before and after.

The program is started by the standard library and its pipes are served by threads. The event loop's own way of starting
one forks this process, threads and all: a lock that some thread held at that moment stays locked in the child for ever,
and the loop, which waits for the child's first word, stands still with it.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO

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
    process = await asyncio.to_thread(_start, rewriter)
    writer = SealedWriter(into)
    try:
        async with asyncio.timeout(_SECONDS):
            feeding = asyncio.create_task(_feed(process, chunks))
            try:
                fits = await _collect(process, writer, most_bytes)
                if not fits:
                    process.kill()
                code = await asyncio.to_thread(process.wait)
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
        # Whatever thread still waits on a pipe is let go by this.
        process.kill()
        await asyncio.to_thread(_end, process)
    if code == 0 and fits and writer.size_bytes:
        return MetadataState.STRIPPED, writer
    writer.discard()
    return MetadataState.KEPT_SIZE if code == TOO_LARGE or not fits else MetadataState.KEPT_BROKEN, None


def _start(rewriter: Rewriter) -> Popen[bytes]:
    command = [sys.executable, "-I", str(_PROGRAM), rewriter]
    return Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={})  # noqa: S603 - our own program


def _end(process: Popen[bytes]) -> None:
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):
            _open(pipe).close()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - both were asked for
    return pipe


async def _feed(process: Popen[bytes], chunks: AsyncIterator[bytes]) -> None:
    stdin = _open(process.stdin)
    with contextlib.suppress(BrokenPipeError):
        async for chunk in chunks:
            await asyncio.to_thread(stdin.write, chunk)
        await asyncio.to_thread(stdin.close)


async def _collect(process: Popen[bytes], writer: SealedWriter, most_bytes: int) -> bool:
    stdout = _open(process.stdout)
    while chunk := await asyncio.to_thread(stdout.read, CHUNK_BYTES):
        await asyncio.to_thread(writer.write, chunk)
        if writer.size_bytes > most_bytes:
            return False
    return True

"""Takes metadata out of a file that stays encrypted on disk before and after.

Most formats are cleaned in this process, in a thread, without decoding: which bytes go is read off the file's own
structure, and the rest is copied. What must be unpacked or decoded goes through a program of its own, started by the
standard library, its pipes served by threads. The event loop's own way of starting one forks this process, threads and
all: a lock that some thread held at that moment stays locked in the child for ever, and the loop, which waits for the
child's first word, stands still with it.
"""

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO

from services.tips.domain.attachment import MetadataState
from services.tips.domain.file_type import Rewriter
from services.tips.storage.cleaning.cleaners import CLEANERS, cleaned
from services.tips.storage.cleaning.reading import DamagedError, TooLargeError, UnsupportedError
from services.tips.storage.programs.bounds import PARTLY, TOO_LARGE, UNSUPPORTED
from services.tips.storage.sealed_stream import CHUNK_BYTES, SealedWriter, read_sealed

_SECONDS = 120.0
_ROOT = Path(__file__).parents[3]
"""Where the programs find this package: isolated, they look nowhere by themselves."""
_START = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module(sys.argv[2], run_name='__main__')"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that cleans a file; ``libraries``: whether it needs others than the standard one."""

    module: str
    libraries: bool

    @property
    def command(self) -> list[str]:
        """How it is started, isolated from the environment."""
        options = ["-I"] if self.libraries else ["-I", "-S"]
        return [sys.executable, *options, "-c", _START, str(_ROOT), f"services.tips.storage.programs.{self.module}"]


PROGRAMS = {
    Rewriter.PDF: Program("pdf", libraries=True),
    Rewriter.OFFICE: Program("office", libraries=False),
    Rewriter.TIFF: Program("tiff", libraries=True),
}

Cleaned = tuple[MetadataState, SealedWriter | None]
"""What became of it, and the new encrypted file, finished; None where the old one is kept."""


def in_process(rewriter: Rewriter) -> bool:
    """Whether a file is cleaned in this process, at any size and in little memory."""
    return rewriter in CLEANERS


async def clean(rewriter: Rewriter, part: SealedWriter, into: Path) -> Cleaned:
    """Clean a finished file in this process; raises OSError."""
    given_up = threading.Event()
    work = asyncio.create_task(asyncio.to_thread(_clean, rewriter, part, into, given_up))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        # The thread must be gone before the files are.
        given_up.set()
        with contextlib.suppress(Exception):
            _, writer = await work
            if writer is not None:
                writer.discard()
        raise


def _clean(rewriter: Rewriter, part: SealedWriter, into: Path, given_up: threading.Event) -> Cleaned:
    deadline = time.monotonic() + _SECONDS

    def chunks() -> Iterator[bytes]:
        for chunk in read_sealed(part.path, part.key):
            if given_up.is_set() or time.monotonic() > deadline:
                raise TooLargeError
            yield chunk

    writer = SealedWriter(into)
    try:
        pieces, complete = cleaned(rewriter, chunks, part.size_bytes)
        for piece in pieces:
            writer.write(piece)
        writer.finish()
    except (DamagedError, TooLargeError, UnsupportedError) as error:
        writer.discard()
        return _reason(error), None
    except BaseException:
        writer.discard()
        raise
    return MetadataState.STRIPPED if complete else MetadataState.PARTLY, writer


def _reason(error: Exception) -> MetadataState:
    if isinstance(error, TooLargeError):
        return MetadataState.KEPT_SIZE
    return MetadataState.KEPT_FORMAT if isinstance(error, UnsupportedError) else MetadataState.KEPT_BROKEN


async def rewrite(rewriter: Rewriter, chunks: AsyncIterator[bytes], into: Path, *, most_bytes: int) -> Cleaned:
    """Clean a file through a program of its own; raises OSError."""
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
        if code in {0, PARTLY} and fits and writer.size_bytes:
            await asyncio.to_thread(writer.finish)
            return MetadataState.STRIPPED if code == 0 else MetadataState.PARTLY, writer
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
    writer.discard()
    if code == UNSUPPORTED:
        return MetadataState.KEPT_FORMAT, None
    return MetadataState.KEPT_SIZE if code == TOO_LARGE or not fits else MetadataState.KEPT_BROKEN, None


def _start(rewriter: Rewriter) -> Popen[bytes]:
    return Popen(PROGRAMS[rewriter].command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={})  # noqa: S603 - our own


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

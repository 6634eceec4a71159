"""NDJSON in and out at once: lines are read in bounded chunks, each chunk is answered, memory stays constant."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

MEDIA_TYPE = "application/x-ndjson"
_IN_MEMORY_BYTES = 1024 * 1024
_SEND_BYTES = 64 * 1024
IDLE_SECONDS = 60.0
"""A caller that for so long neither sends nor reads is given up, and what it has not been answered it sends again."""


class Line(NamedTuple):
    """A line of the request."""

    number: int
    """From 1; empty lines count but are not handed on."""
    text: bytes | None
    """None when the line exceeds its bound."""


class Bounds(NamedTuple):
    """Bounds of one chunk and one line."""

    lines: int
    chunk_bytes: int
    line_bytes: int


P = TypeVar("P")


class Handler(Protocol[P]):
    """Handles chunks in two steps: one is prepared while the one before it is finished."""

    async def prepare(self, lines: Sequence[Line]) -> P:
        """Do what needs no order."""
        ...

    async def finish(self, prepared: P) -> bytes:
        """Do the rest, chunk after chunk; return the answers, one line of NDJSON for each line, in order."""
        ...


class StopExchange(Exception):  # noqa: N818 - ends an exchange in good order, and is no error of ours
    """A chunk was not handled and no more will be; carries the last answers. Raised by either step."""

    def __init__(self, answers: bytes) -> None:
        super().__init__()
        self.answers = answers


async def timely(stream: AsyncIterator[bytes], seconds: float) -> AsyncGenerator[bytes, None]:
    """Pass a body on; raises ClientDisconnect when nothing of it comes for so long: a caller must not hold us."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                data = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ClientDisconnect from None
        yield data


async def chunks(
    stream: AsyncIterator[bytes], bounds: Bounds, *, from_line: int = 1
) -> AsyncGenerator[list[Line], None]:
    """Cut a body into chunks of lines; a line beyond its bound is dropped as it comes, and reported."""
    chunk: list[Line] = []
    size = 0
    number = from_line - 1
    rest = b""
    dropping = False
    async for data in stream:
        *ended, rest = (rest + data).split(b"\n")
        for text in ended:
            number += 1
            too_long = dropping or len(text) > bounds.line_bytes
            dropping = False
            if not too_long and not text.strip():
                continue
            chunk.append(Line(number, None if too_long else text))
            size += 0 if too_long else len(text)
            if len(chunk) >= bounds.lines or size >= bounds.chunk_bytes:
                yield chunk
                chunk, size = [], 0
        if len(rest) > bounds.line_bytes:
            rest, dropping = b"", True
    if dropping or rest.strip():
        chunk.append(Line(number + 1, None if dropping else rest))
    if chunk:
        yield chunk


class _Spool:
    """Answers that wait for the caller to read them: in memory at first, then in a file.

    A caller that reads nothing before it has sent everything must not bring its own request to a halt.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by close()
        self._written = self._read = 0
        self._changed = asyncio.Event()
        self._ended = False

    def write(self, data: bytes) -> None:
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        self._changed.set()

    def end(self) -> None:
        self._ended = True
        self._changed.set()

    async def read(self) -> bytes:
        """Return what comes next, empty at the end."""
        while self._read == self._written and not self._ended:
            self._changed.clear()
            await self._changed.wait()
        self._file.seek(self._read)
        data = self._file.read(_SEND_BYTES)
        self._read += len(data)
        return data

    def close(self) -> None:
        self._file.close()


async def _next(cut: AsyncIterator[list[Line]]) -> list[Line] | None:
    return await anext(cut, None)


class NdjsonExchange(Response, Generic[P]):
    """Answers a streamed NDJSON request line by line while it is still coming in.

    An error before the first answer becomes an ordinary problem; afterwards the answer ends with what `StopExchange`
    carries, or is broken off, and the caller sends the unanswered lines again.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        request: Request,
        handler: Handler[P],
        bounds: Bounds,
        *,
        from_line: int = 1,
        at_end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._request = request
        self._handler = handler
        self._bounds = bounds
        self._from_line = from_line
        self._at_end = at_end
        """Called when the whole body was handled, before the answer ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Run the exchange."""
        spool = _Spool()
        sender: asyncio.Task[None] | None = None
        try:
            async with contextlib.aclosing(self._answers()) as answers:
                async for answer in answers:
                    spool.write(answer)
                    sender = sender or asyncio.create_task(self._send(spool, send))
            spool.end()
            await (sender or self._send(spool, send))
        except BaseException:
            if sender is not None:
                sender.cancel()
                with contextlib.suppress(BaseException):
                    await sender
            raise
        finally:
            spool.close()

    async def _answers(self) -> AsyncGenerator[bytes, None]:
        """Yield the answers of each chunk; of the chunk in hand first, whatever befalls the next."""
        finishing: asyncio.Task[bytes] | None = None
        stream = timely(self._request.stream(), IDLE_SECONDS)
        cut = chunks(stream, self._bounds, from_line=self._from_line)
        # Three chunks are in hand at most: one is read, one prepared, one finished.
        reading = asyncio.create_task(_next(cut))
        try:
            while (chunk := await reading) is not None:
                reading = asyncio.create_task(_next(cut))
                try:
                    prepared = await self._handler.prepare(chunk)
                except Exception:
                    if finishing is not None:
                        yield await finishing
                        finishing = None
                    raise
                if finishing is not None:
                    yield await finishing
                finishing = asyncio.create_task(self._handler.finish(prepared))
            if finishing is not None:
                yield await finishing
                finishing = None
            if self._at_end is not None:
                await self._at_end()
        except StopExchange as stop:
            yield stop.answers
        finally:
            reading.cancel()
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await reading
            if finishing is not None and not finishing.done():
                # What was begun is finished; only its answer has no reader any more.
                with contextlib.suppress(Exception):
                    await finishing

    async def _send(self, spool: _Spool, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        while data := await spool.read():
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
            except TimeoutError:
                raise ClientDisconnect from None
        await send({"type": "http.response.body", "body": b"", "more_body": False})

"""Clients that cost next to nothing, so that a measurement shows the server: raw HTTP/1.1 over kept connections."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import urlsplit

_END = b"\r\n\r\n"


class _Connection(asyncio.Protocol):
    """Posts one body after another over one connection and keeps the statuses."""

    def __init__(
        self,
        queue: Iterator[bytes],
        request: Callable[[bytes], bytes],
        done: asyncio.Future[None],
        seen: dict[int, int],
        holds: bytes,
    ) -> None:
        self._queue = queue
        self._request = request
        self._done = done
        self._seen = seen
        self._holds = holds
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def _next(self) -> None:
        assert self._transport is not None
        body = next(self._queue, None)
        if body is None:
            self._transport.close()
            return
        self._transport.write(self._request(body))

    def data_received(self, data: bytes) -> None:
        """Read one whole answer, count it, and send the next request."""
        self._buffer += data
        end = self._buffer.find(_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        status = int(head[9:12])
        if self._holds not in self._buffer:
            status = -status
        self._seen[status] = self._seen.get(status, 0) + 1
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that this connection has nothing more to do."""
        if not self._done.done():
            self._done.set_result(None) if error is None else self._done.set_exception(error)


def _head(address: str, path: str, headers: Mapping[str, str]) -> bytes:
    host = urlsplit(address).netloc
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode()


async def post_each(
    addresses: Sequence[str],
    path: str,
    headers: Mapping[str, str],
    bodies: Iterable[bytes],
    *,
    connections: int = 64,
    holds: bytes = b"",
) -> tuple[float, dict[int, int]]:
    """Post every body by itself over kept connections spread over the addresses; return seconds and statuses.

    The status of an answer that does not hold the text ``holds`` counts as negative.
    """
    loop = asyncio.get_running_loop()
    queue = iter(bodies)
    seen: dict[int, int] = {}
    waiting = []
    started = time.perf_counter()
    for number in range(connections):
        address = addresses[number % len(addresses)]
        head = _head(address, path, {**headers, "Content-Type": "application/json"})
        done: asyncio.Future[None] = loop.create_future()

        def request(body: bytes, head: bytes = head) -> bytes:
            return b"%s\r\nContent-Length: %d\r\n\r\n%s" % (head, len(body), body)

        target = urlsplit(address)
        await loop.create_connection(
            lambda request=request, done=done: _Connection(queue, request, done, seen, holds),  # type: ignore[misc]
            target.hostname,
            target.port,
        )
        waiting.append(done)
    await asyncio.gather(*waiting)
    return time.perf_counter() - started, seen


async def stream_lines(
    address: str, path: str, headers: Mapping[str, str], parts: Iterable[bytes]
) -> AsyncIterator[bytes]:
    """Post one chunked body part after part; yield the answer's bytes as they come, its head first."""
    target = urlsplit(address)
    reader, writer = await asyncio.open_connection(target.hostname, target.port)

    async def send() -> None:
        head = _head(address, path, {**headers, "Transfer-Encoding": "chunked", "Content-Type": "application/x-ndjson"})
        writer.write(head + b"\r\nConnection: close\r\n\r\n")
        for part in parts:
            writer.write(b"%x\r\n" % len(part))
            writer.write(part)
            writer.write(b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    sending = asyncio.create_task(send())
    try:
        while data := await reader.read(1 << 18):
            yield data
        await sending
    finally:
        sending.cancel()
        writer.close()

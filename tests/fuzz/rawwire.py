"""Requests as bytes, so that they may be as wrong as one likes."""

import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0


class Answer(NamedTuple):
    """A whole answer; its header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Exchange:
    """One connection after another to one server; a sound one is kept for the next request."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.host = parts.netloc
        self._kept: socket.socket | None = None

    def close(self) -> None:
        """Close the kept connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def ask(self, method: str, pieces: Sequence[bytes], *, hang_up: bool = False) -> Answer:
        """Send pieces one by one and read the answer; with ``hang_up`` our side of the connection is closed first.

        Raises OSError or HTTPException when no whole answer comes.
        """
        fresh = self._kept is None or hang_up
        connection = self._kept or socket.create_connection(self._address, TIMEOUT_SECONDS)
        self._kept = None
        try:
            return self._ask(connection, method, pieces, hang_up=hang_up)
        except (OSError, HTTPException):
            connection.close()
            if fresh:
                raise
        # The server had closed the kept connection: that says nothing about this request.
        connection = socket.create_connection(self._address, TIMEOUT_SECONDS)
        try:
            return self._ask(connection, method, pieces, hang_up=hang_up)
        except (OSError, HTTPException):
            connection.close()
            raise

    def _ask(self, connection: socket.socket, method: str, pieces: Sequence[bytes], *, hang_up: bool) -> Answer:
        begun = time.perf_counter()
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(0.002)
            # A server that refuses a request early closes before it has read everything; its answer is there to read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(piece)
        if hang_up:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        response = HTTPResponse(connection, method=method)
        try:
            response.begin()
            body = response.read()
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close or hang_up:
            connection.close()
        else:
            self._kept = connection
        return Answer(response.status, headers, body, time.perf_counter() - begun)


def request(
    exchange: Exchange, method: str, path: str | bytes, headers: Sequence[tuple[str, str | bytes]], body: bytes | None
) -> bytes:
    """Return a request in one piece, its length told by Content-Length unless the headers tell it."""
    target = path.encode() if isinstance(path, str) else path
    lines = [f"{method} ".encode() + target + b" HTTP/1.1", b"Host: " + exchange.host.encode()]
    names = {name.lower() for name, _ in headers}
    for name, value in headers:
        lines.append(name.encode("latin-1") + b": " + (value.encode("latin-1") if isinstance(value, str) else value))
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(b"Content-Length: " + str(len(body)).encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")

"""Requests that are wrong as HTTP, as addresses and as cursors, over every operation."""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.fuzz.mutants import garbled

SLOT = re.compile(r"\{(\w+)\}")
Header = tuple[str, str | bytes]

PATH_VALUES: tuple[bytes, ...] = (
    b"%00",
    b"%ff%fe",
    b"%ed%a0%80",
    b"\xff",
    b"%2e%2e%2f",
    b"..%252f",
    b"%",
    b"%zz",
    b"a" * 3000,
    "国".encode(),
    b"%0d%0aX:%20y",
    b"0" * 32,
    b"{}",
    b"00000000-0000-0000-0000-000000000000",
    b"H33019900001%00",
    b"-1",
    b"+",
    b"%20",
)

_ODD_KEYS: tuple[object, ...] = (
    "\x00",
    "\ud800",
    "x" * 500,
    10**300,
    -1,
    2**63,
    0,
    "",
    "not-a-uuid",
    "0x1",
    "1e400",
    "NaN",
    "00000000-0000-0000-0000-000000000000",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31",
    "国",
    1.5,
    True,
    None,
    [],
    {},
)
_SOUND_KEYS: tuple[object, ...] = ("H11010500001", 7, "2026-03-09T00:00:00+00:00", "0" * 32, "2026-03-09")
_NO_CURSORS: tuple[object, ...] = ({}, "text", 1, [], [2, "a"], [1], [1, "a", "b", "c", "d"], [[[1]]])

QUERY_VALUES: tuple[bytes, ...] = (
    b"%00",
    b"%ff",
    b"\xff\xfe",
    b"%ed%a0%80",
    b"1e400",
    b"9" * 400,
    b"9223372036854775808",
    b"-1",
    b"NaN",
    b"",
    b"%",
    b"a&a=b&a",
    b"0001-01-01",
    b"9999-12-31",
    b"0001-01-01T00:00:00%2B14:00",
    b"%E5%9B%BD" * 50,
    b"x" * 20_000,
    b"true",
    b"[]",
    b"0",
    b"1",
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """A request to be sent as it is."""

    name: str
    method: str
    target: bytes
    headers: Sequence[Header] = ()
    body: bytes | None = None
    pieces: Sequence[bytes] | None = None
    """Body of a request whose headers tell its length, sent piece by piece."""
    hang_up: bool = False
    """Our side of the connection is closed after the request."""
    odd: bool = False
    """The server may refuse it before the application sees it, or give no answer at all."""


def forged_cursor(draw: Random) -> bytes:
    """Return a cursor as the service makes them, of one to three keys, one of them odd."""
    keys = [draw.choice(_SOUND_KEYS) for _ in range(draw.choice((1, 1, 2, 2, 3)))]
    keys[draw.randrange(len(keys))] = draw.choice(_ODD_KEYS)
    text = json.dumps(draw.choice(_NO_CURSORS) if draw.random() < 0.1 else [1, *keys])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


def path_of(template: str, draw: Callable[[str], bytes]) -> bytes:
    """Return a path with its slots filled."""
    parts = SLOT.split(template)
    return b"".join(draw(part) if position % 2 else part.encode() for position, part in enumerate(parts))


class HostileRequests:
    """Makes hostile requests to the operations of a service."""

    def __init__(self, known: dict[str, Sequence[str]], random: Random) -> None:
        self._known = known
        self._random = random

    def _usual(self, name: str) -> bytes:
        return self._random.choice(self._known.get(name) or ("1",)).encode()

    def of(
        self, label: str, query: Sequence[str], media_types: Sequence[str], sound: bytes | None
    ) -> Iterator[Hostile]:
        """Yield hostile requests to one operation without end; ``sound`` is a body it would take."""
        method, template = label.split(" ", 1)
        ways = [self._odd_heads, self._odd_queries, *[self._odd_queries] * min(4, len(query))]
        if "{" in template:
            ways.append(self._odd_path)
        if media_types:
            ways += [self._odd_body, self._odd_stream, self._garbled]
        while True:
            way = self._random.choice(ways)
            target = path_of(template, self._usual)
            body = sound if media_types else None
            kind: list[Header] = [("Content-Type", self._random.choice(media_types))] if media_types else []
            yield way(method, template, target, query, kind, body)

    def _odd_path(
        self, method: str, template: str, target: bytes, query: Sequence[str], kind: list[Header], body: bytes | None
    ) -> Hostile:
        draw = self._random
        slots = SLOT.findall(template)
        bad = draw.choice(slots)
        path = path_of(template, lambda name: draw.choice(PATH_VALUES) if name == bad else self._usual(name))
        return Hostile("path", method, path, kind, body, odd=True)

    def _odd_queries(
        self, method: str, template: str, target: bytes, query: Sequence[str], kind: list[Header], body: bytes | None
    ) -> Hostile:
        draw = self._random
        names = [*query * 3, "\x00"] if query else ["limit", "cursor", "\x00", "at"]
        parts = []
        odd = draw.choices(names, k=draw.choice((1, 1, 2, 5)))
        for name in odd:
            forged = name == "cursor" and draw.random() < 0.9
            value = forged_cursor(draw) if forged else draw.choice(QUERY_VALUES)
            parts.append(name.encode().replace(b"\x00", b"%00") + b"=" + value)
        known = [
            f"{name}={draw.choice(self._known[name])}".encode()
            for name in query
            if name in self._known and name not in odd
        ]
        return Hostile("query", method, target + b"?" + b"&".join([*known, *parts]), kind, body, odd=True)

    def _odd_heads(
        self, method: str, template: str, target: bytes, query: Sequence[str], kind: list[Header], body: bytes | None
    ) -> Hostile:
        ways: Sequence[tuple[str, list[Header]]] = (
            ("10,000 headers", [(f"X-{number}", "1") for number in range(10_000)]),
            ("header of 60 kB", [("X-Long", "x" * 60_000)]),
            ("language", [("Accept-Language", "x" * 2000)]),
            ("language", [("Accept-Language", "en;q=NaN, zh;q=1e400, *;q=-1,,;q")]),
            ("language", [("Accept-Language", b"\xff\xfe")]),
            ("traceparent", [("traceparent", "00-" + "0" * 32 + "-" + "0" * 16 + "-01")]),
            ("traceparent", [("traceparent", b"\xff-\x80")]),
            ("traceparent", [("traceparent", "00-" + "g" * 32 + "-" + "1" * 16 + "-zz")]),
            ("token", [("Authorization", b"Bearer \xff\xfe")]),
            ("token", [("Authorization", "Bearer " + "a." * 20_000)]),
            ("token", [("Authorization", "Basic eDp5")]),
            ("token", [("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")]),
            ("token", [("Authorization", "Bearer " + "eyJhbGciOiJFZERTQSIsImtpZCI6WzFdfQ.e30.AA")]),
            ("signature", [("X-Tif-Signature", "\xff"), ("X-Tif-Paasid", "\xff"), ("X-Tif-Timestamp", "9" * 400)]),
            ("signature", [("X-Tif-Signature", "a"), ("X-Tif-Paasid", "p"), ("X-Tif-Timestamp", "NaN")]),
            ("accept", [("Accept", "application/xml;q=x")]),
            ("host", [("Host", "\xff")]),
            ("expect", [("Expect", "100-continue")]),
            ("batch", [("Batch-Id", b"\xff\xfe")]),
            ("batch", [("Batch-Id", "x" * 5000)]),
            (
                "condition",
                [("If-None-Match", '"' + "x" * 5000), ("If-Modified-Since", "yesterday"), ("Range", "bytes=-")],
            ),
            ("upgrade", [("Connection", "Upgrade"), ("Upgrade", "websocket")]),
            ("override", [("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-For", "\xff"), ("Forwarded", "for=_")]),
            ("cookie", [("Cookie", "a=\xff; b; =;" + "c=1;" * 2000)]),
        )
        name, headers = self._random.choice(ways)
        return Hostile(name, method, target, [*kind, *headers], body, odd=True)

    def _odd_body(
        self, method: str, template: str, target: bytes, query: Sequence[str], kind: list[Header], body: bytes | None
    ) -> Hostile:
        sound = body or b"{}"
        ways: Sequence[tuple[str, list[Header], bytes]] = (
            ("negative length", [("Content-Length", "-1")], sound),
            ("length of text", [("Content-Length", "abc")], sound),
            ("two lengths", [("Content-Length", str(len(sound))), ("Content-Length", "1")], sound),
            ("length and chunks", [("Content-Length", "5"), ("Transfer-Encoding", "chunked")], b"0\r\n\r\n"),
            ("unknown coding", [("Transfer-Encoding", "gzip, chunked")], b"0\r\n\r\n"),
            ("superscript length", [("Content-Length", b"\xb2")], sound),
            ("length of 10^400", [("Content-Length", "9" * 400)], sound),
            ("no type", [("Content-Type", "")], sound),
            ("gzip bomb", [("Content-Encoding", "gzip")], gzip.compress(b" " * 5_000_000)),
            ("form", [("Content-Type", "multipart/form-data; boundary=x")], b"--x\r\n\r\n\xff\r\n--x--\r\n"),
            ("form", [("Content-Type", "multipart/form-data; boundary=x")], b"--x\r\nContent-Disposition: \xff\r\n"),
            ("form", [("Content-Type", "multipart/form-data; boundary=\xff")], b"--\xff\r\n\r\n"),
            ("form", [("Content-Type", 'multipart/form-data; boundary=""')], b"--\r\n\r\nx\r\n----"),
        )
        name, headers, content = self._random.choice(ways)
        own = [] if name in {"no type", "form"} else kind
        return Hostile(name, method, target, [*own, *headers], content, hang_up=True, odd=True)

    def _odd_stream(
        self, method: str, template: str, target: bytes, query: Sequence[str], kind: list[Header], body: bytes | None
    ) -> Hostile:
        sound = body or b"{}"
        half = len(sound) // 2
        chunked: Header = ("Transfer-Encoding", "chunked")
        first = f"{half:x}\r\n".encode() + sound[:half] + b"\r\n"
        rest = f"{len(sound) - half:x}\r\n".encode() + sound[half:] + b"\r\n"
        ways: Sequence[tuple[str, Header, Sequence[bytes]]] = (
            ("truncated", ("Content-Length", str(len(sound) + 9)), [sound]),
            ("chunks end half-way", chunked, [first]),
            ("chunk cut", chunked, [first[: max(1, half // 2)]]),
            ("chunk size of text", chunked, [first, b"zz\r\n\r\n"]),
            ("huge chunk size", chunked, [b"f" * 40 + b"\r\n"]),
            ("trailers", chunked, [first, rest, b"0\r\nX-A: b\r\nContent-Length: 3\r\n\r\n"]),
            ("chunks", chunked, [first, rest, b"0\r\n\r\n"]),
            ("bytewise chunks", chunked, [b"".join(b"1\r\n%c\r\n" % one for one in sound[:2000]) + b"0\r\n\r\n"]),
        )
        name, length, pieces = self._random.choice(ways)
        return Hostile(name, method, target, [*kind, length], pieces=pieces, hang_up=True, odd=True)

    def _garbled(
        self, method: str, template: str, target: bytes, query: Sequence[str], kind: list[Header], body: bytes | None
    ) -> Hostile:
        content, headers = garbled(body or b"{}", self._random)
        named = {name.lower() for name, _ in headers}
        own = [] if "content-type" in named else kind
        return Hostile("garbled", method, target, [*own, *headers], content, odd=True)

"""Sound bodies made unsound: values, names and bytes that no generator makes from a schema."""

import copy
import gzip
import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

_DEEP = 3000

RAW_VALUES: tuple[str, ...] = (
    r'"\u0000"',
    r'"S\u00001"',
    r'"\ud800"',
    r'"\udfff\ud800"',
    r'"\u0000\ud83d"',
    "1e400",
    "-1e400",
    "1e-400",
    "1E+1000000",
    "9" * 30,
    "9" * 5000,
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "2147483648",
    "-1",
    "-0",
    "0",
    "0.1",
    "1.5e3",
    "NaN",
    "-Infinity",
    "true",
    "null",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    '[{"":""}]',
    "[" * _DEEP + "]" * _DEEP,
    '{"a":' * _DEEP + "1" + "}" * _DEEP,
    '""',
    '" "',
    '"\\u3000"',
    '"' + "x" * 70_000 + '"',
    '"' + "国" * 65 + '"',
    '"0001-01-01"',
    '"9999-12-31"',
    '"10000-01-01"',
    '"2026-02-30"',
    '"2026-03-09"',
    '"20260309"',
    '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-14:00"',
    '"9999-12-31 23:59:59"',
    '"0001-01-01 00:00:00"',
    '"2026-03-09T24:00:00Z"',
    '"2026-03-09T09:00:60Z"',
    '"2026-03-09T09:00:00.123456789012Z"',
    '"2026-03-09T09:00:00+23:59:59"',
    '"2026-03-09T09:00:00"',
    '"NaN"',
    '"sNaN"',
    '"Infinity"',
    '"1e400"',
    '"1E+1000000"',
    '"1e-1000000"',
    '"-1"',
    '"1_000"',
    '" 1"',
    '"0x10"',
    '"' + "9" * 5000 + '"',
    '"0.' + "0" * 5000 + '1"',
    '"１２"',
    '"٣"',
    '"²"',
    '"\\u202e\\ufeff"',
    '"\\r\\nX: y"',
    '"\' or 1=1 --"',
    '"%00"',
    '"%s%n{0}"',
    '"../../etc/passwd"',
    '"=cmd|x"',
    '"00000000-0000-0000-0000-000000000000"',
    '"H33019900001"',
    '"\\\\x00"',
)
"""JSON texts put where a value stood."""

RAW_NAMES: tuple[str, ...] = (
    r'"\u0000"',
    r'"\ud800"',
    '""',
    '"' + "k" * 5000 + '"',
    '"__proto__"',
    '"$ref"',
    '"lines"',
)


class _Raw(str):
    """JSON text that is written as it is."""

    __slots__ = ()


def _dump(value: Any) -> str:
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, dict):
        parts = (f"{name if isinstance(name, _Raw) else json.dumps(name)}:{_dump(one)}" for name, one in value.items())
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container and key of a value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)


def mutated(body: Any, random: Random) -> bytes:
    """Return a body, as JSON text, that is changed in one to three places."""
    made = {"": copy.deepcopy(body)}
    for _ in range(random.choices((1, 2, 3), (6, 3, 1))[0]):
        # Without the first, which is the body as a whole.
        places = list(_places(made))[1:]
        if not places:
            break
        container, key = random.choice(places)
        _change(container, key, [one[place] for one, place in places], random)
    return _dump(made[""]).encode("utf-8", "surrogatepass")


def _change(container: Any, key: Any, values: Sequence[Any], random: Random) -> None:
    way = random.choices(("value", "swap", "drop", "many", "name", "twice"), (60, 10, 8, 6, 8, 8))[0]
    if way == "swap":
        container[key] = copy.deepcopy(random.choice(values))
    elif way == "drop":
        del container[key]
    elif way == "many" and isinstance(container[key], list) and container[key]:
        container[key] = container[key] * random.choice((2, 50, 2001))
    elif way == "name" and isinstance(container, dict):
        container[_Raw(random.choice(RAW_NAMES))] = container[key]
    elif way == "twice" and isinstance(container, dict):
        # The same name once more; a leading escape keeps it another key of ours.
        name = str(key)
        escaped = "".join(f"\\u{ord(one):04x}" for one in name[:1]) + json.dumps(name[1:])[1:-1]
        container[_Raw(f'"{escaped}"')] = _Raw(random.choice(RAW_VALUES))
    else:
        container[key] = _Raw(random.choice(RAW_VALUES))


def garbled(body: bytes, random: Random) -> tuple[bytes, list[tuple[str, str]]]:
    """Return a body with its bytes changed, and the headers that go with it."""
    at = random.randrange(len(body) + 1)
    ways: Sequence[tuple[bytes, list[tuple[str, str]]]] = (
        (body[:at], []),
        (body[:at] + random.randbytes(random.randrange(1, 9)) + body[at:], []),
        (body[:at] + b"\x00" + body[at + 1 :], []),
        (body[:at] + b"\xff\xfe" + body[at:], []),
        (body[:at] + b"\xed\xa0\x80" + body[at:], []),
        (b"\xef\xbb\xbf" + body, []),
        (body.decode("utf-8", "replace").encode("utf-16"), [("Content-Type", "application/json; charset=utf-16")]),
        (body.decode("utf-8", "replace").encode("gb18030"), [("Content-Type", "text/csv; charset=gb18030")]),
        (body, [("Content-Type", "application/json; charset=nonsense")]),
        (body, [("Content-Type", "text/plain")]),
        (body, [("Content-Type", "multipart/form-data")]),
        (body, [("Content-Type", "multipart/form-data; boundary=" + "x" * 300)]),
        (body, [("Content-Type", "application/x-www-form-urlencoded")]),
        (body, [("Content-Type", "\xff\x00"[:1] + "/;;=")]),
        (gzip.compress(body), [("Content-Encoding", "gzip")]),
        (gzip.compress(b"\x00" * 2_000_000), [("Content-Encoding", "gzip, gzip")]),
        (body, [("Content-Encoding", "br")]),
        (body.replace(b"\n", b"\r\n") + b"\r\n" * 5, []),
        (b"\n" * random.randrange(1, 3000) + body, []),
        (body + body, []),
        (b"", []),
        (b"null", []),
        (b"[" * 100_000, []),
        (random.randbytes(random.randrange(1, 4000)), []),
    )
    return random.choice(ways)

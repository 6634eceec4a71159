from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from services.intake.api.ndjson import Bounds, chunks


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def cut(body: bytes, size: int, bounds: Bounds) -> list[list[tuple[int, bytes | None]]]:
    return [[tuple(line) for line in chunk] async for chunk in chunks(pieces(body, size), bounds)]


WIDE = Bounds(lines=100, chunk_bytes=10_000, line_bytes=1_000)


@given(st.lists(st.binary(max_size=20).filter(lambda text: b"\n" not in text)), st.integers(1, 7), st.booleans())
async def test_lines_are_the_same_however_the_body_is_cut(texts, size, ended) -> None:
    body = b"\n".join(texts) + (b"\n" if ended else b"")
    expected = [(number, text) for number, text in enumerate(body.split(b"\n"), 1) if text.strip()]
    found = await cut(body, size, WIDE)
    assert [line for chunk in found for line in chunk] == expected


async def test_a_chunk_ends_with_its_lines_or_its_bytes() -> None:
    assert [len(chunk) for chunk in await cut(b"a\n" * 5, 3, WIDE._replace(lines=2))] == [2, 2, 1]
    assert [len(chunk) for chunk in await cut(b"aaaa\n" * 5, 3, WIDE._replace(chunk_bytes=8))] == [2, 2, 1]


async def test_a_line_beyond_its_bound_is_dropped_and_the_next_is_read() -> None:
    bounds = WIDE._replace(line_bytes=4)
    for size in (1, 3, 100):
        body = b"aaaa\n" + b"b" * 50 + b"\ncc\n" + b"d" * 9
        assert await cut(body, size, bounds) == [[(1, b"aaaa"), (2, None), (3, b"cc"), (4, None)]]

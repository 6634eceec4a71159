"""Ogg (Vorbis, Opus, Speex, Theora): the packet with comments and pictures of every stream is emptied in its place."""

from dataclasses import dataclass, field

from services.tips.storage.cleaning.edits import END, Plan, cut, put
from services.tips.storage.cleaning.reading import DamagedError, Reader, TooLargeError, UnsupportedError

_PAGE_BYTES = 27
_FULL = 255
_FIRST = 0x02
_CODECS = {
    b"\x01vorbis": b"\x03vorbis",
    b"OpusHead": b"OpusTags",
    b"\x80theora": b"\x81theora",
    b"Speex   ": b"",
}
"""How the first packet of a stream begins, and how its packet of comments does."""
_MOST_COMMENTS = 16 * 2**20
"""Bytes of the pages of comments of all streams; they must be in memory."""


def _table() -> tuple[int, ...]:
    found = []
    for number in range(256):
        value = number << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x8000_0000 else 0)
        found.append(value & 0xFFFF_FFFF)
    return tuple(found)


_CHECKSUMS = _table()


def checksum(page: bytes | bytearray) -> int:
    """Return Ogg's checksum of a page whose own field is zero."""
    value = 0
    for each in page:
        value = (value << 8 & 0xFFFF_FFFF) ^ _CHECKSUMS[value >> 24 ^ each]
    return value


@dataclass(slots=True)
class _Page:
    start: int
    content: bytearray
    """Header and body."""


@dataclass(slots=True)
class _Stream:
    magic: bytes
    """How its packet of comments begins."""
    packets: int = 0
    pages: list[_Page] = field(default_factory=list)
    places: list[tuple[int, int, int]] = field(default_factory=list)
    """Of the packet of comments: number of the page, and from where to where in it."""


def plan(reader: Reader) -> Plan:
    """Say what is emptied in an Ogg; raises UnsupportedError for a stream whose comments we do not know."""
    found = Plan()
    streams: dict[bytes, _Stream] = {}
    held = 0
    while (head := reader.peek(_PAGE_BYTES)).startswith(b"OggS") and len(head) == _PAGE_BYTES:
        reader.part()
        start = reader.position
        reader.skip(_PAGE_BYTES)
        lengths = reader.take(head[26])
        body = sum(lengths)
        if body > reader.left:
            # A recording that was cut off: its last page is not whole.
            found.edits.append(cut(start, END))
            reader.skip(reader.left)
            break
        serial = head[14:18]
        if head[5] & _FIRST:
            streams[serial] = _stream(reader.peek(8))
        stream = streams.get(serial)
        if stream is None:
            raise DamagedError
        if stream.packets > 1:
            reader.skip(body)
            continue
        page = _Page(start, bytearray(head + lengths + reader.take(body)))
        held += len(page.content)
        if held > _MOST_COMMENTS:
            raise TooLargeError
        _note(stream, page, lengths)
        if stream.packets > 1:
            _empty(stream, found)
    if not streams or any(stream.packets < 2 for stream in streams.values()):  # noqa: PLR2004 - head and comments
        raise DamagedError
    found.edits.append(cut(reader.position, END))
    return found


def _stream(head: bytes) -> _Stream:
    for begins, magic in _CODECS.items():
        if head.startswith(begins):
            return _Stream(magic)
    raise UnsupportedError


def _note(stream: _Stream, page: _Page, lengths: bytes) -> None:
    """Note which bytes of a page belong to the packet of comments."""
    at = _PAGE_BYTES + len(lengths)
    stream.pages.append(page)
    for length in lengths:
        if stream.packets == 1 and length:
            stream.places.append((len(stream.pages) - 1, at, at + length))
        at += length
        stream.packets += length < _FULL


def _empty(stream: _Stream, found: Plan) -> None:
    packet = b"".join(stream.pages[number].content[start:stop] for number, start, stop in stream.places)
    if not packet.startswith(stream.magic) or len(packet) < len(stream.magic) + 9:
        raise DamagedError
    # The name of the program becomes spaces, as long as everything was, and no comment follows it.
    framing = b"\x01" if stream.magic == b"\x03vorbis" else b""
    spaces = len(packet) - len(stream.magic) - 8 - len(framing)
    says = stream.magic + spaces.to_bytes(4, "little") + b" " * spaces + bytes(4) + framing
    for number, start, stop in stream.places:
        stream.pages[number].content[start:stop], says = says[: stop - start], says[stop - start :]
    for page in stream.pages:
        page.content[22:26] = bytes(4)
        page.content[22:26] = checksum(page.content).to_bytes(4, "little")
        found.edits.append(put(page.start, bytes(page.content)))
    stream.pages.clear()
    stream.places.clear()

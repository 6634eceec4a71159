"""The boxes of ISO's container for films, sound and pictures (MP4, MOV, M4A, 3GP, HEIC, AVIF)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.tips.storage.cleaning.edits import Edit, blank, put
from services.tips.storage.cleaning.reading import DamagedError, Reader, TooLargeError

MOST_BOXES = 500_000
_HEADER_BYTES = 8
_LONG_HEADER_BYTES = 16
_PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True, slots=True)
class Box:
    """A box: where its header, its content and whatever follows it begin."""

    kind: bytes
    start: int
    body: int
    stop: int


class Structure:
    """A box that describes the file, in memory; notes what is to change, at places of the file."""

    def __init__(self, content: bytes, offset: int) -> None:
        self.content = content
        self._offset = offset
        """Where in the file it begins."""
        self.edits: list[Edit] = []
        self._boxes = 0

    def boxes(self, start: int, stop: int) -> Iterator[Box]:
        """Yield the boxes one after the other; raises DamagedError, and TooLargeError for too many."""
        while stop - start >= _HEADER_BYTES:
            self._boxes += 1
            if self._boxes > MOST_BOXES:
                raise TooLargeError
            length, kind = int.from_bytes(self.content[start : start + 4]), self.content[start + 4 : start + 8]
            body = start + _HEADER_BYTES
            if length == 1:
                length = int.from_bytes(self.content[body : body + 8])
                body += 8
            end = start + length if length else stop
            if end < body or end > stop:
                raise DamagedError
            yield Box(kind, start, body, end)
            start = end
        self.blank(start, stop)

    def number(self, at: int, count: int) -> int:
        """Read a number of so many bytes; raises DamagedError behind the end."""
        found = self.content[at : at + count]
        if len(found) < count:
            raise DamagedError
        return int.from_bytes(found)

    def put(self, at: int, instead: bytes) -> None:
        """Write over bytes."""
        if at + len(instead) > len(self.content):
            raise DamagedError
        self.edits.append(put(self._offset + at, instead))

    def blank(self, start: int, stop: int) -> None:
        """Write zeros over bytes."""
        if stop > start:
            self.edits.append(blank(self._offset + start, self._offset + stop))

    def free(self, box: Box) -> None:
        """Make of a box free space of the same length, full of zeros."""
        self.put(box.start + 4, b"free")
        self.blank(box.body, box.stop)

    def only(self, box: Box, kept: Mapping[bytes, object] | frozenset[bytes], *, skip: int = 0) -> Iterator[Box]:
        """Yield those boxes in a box that are kept; all others become free space."""
        for each in self.boxes(box.body + skip, box.stop):
            if each.kind in kept:
                yield each
            else:
                self.free(each)


def top_level(reader: Reader) -> Box | None:
    """Read the header of the next box of the file; None where none begins here. Only ``mdat`` may be cut off."""
    reader.part()
    start, head = reader.position, reader.peek(_LONG_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or any(each not in _PRINTABLE for each in head[4:8]):
        return None
    length, kind, body = int.from_bytes(head[:4]), head[4:8], start + _HEADER_BYTES
    if length == 1:
        length, body = int.from_bytes(head[8:16]), start + _LONG_HEADER_BYTES
    stop = start + length if length else reader.size
    if kind == b"mdat":
        stop = min(stop, reader.size)
    if stop < body or stop > reader.size:
        return None
    reader.skip(body - start)
    return Box(kind, start, body, stop)

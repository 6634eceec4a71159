"""RIFF (WebP, WAV, AVI): chunks that are not needed to show or play become empty ones of the same length."""

from dataclasses import dataclass, field

from services.tips.storage.cleaning.edits import END, Plan, blank, cut, put
from services.tips.storage.cleaning.exif import UPRIGHT, only_orientation, orientation
from services.tips.storage.cleaning.reading import DamagedError, Reader, UnsupportedError

_HEADER_BYTES = 12
_MOST_EXIF = 65_536
_TO_THE_END = 0xFFFF_FFFF
"""Length a recorder leaves that was cut off, or writes to a pipe."""
_ICC, _EXIF, _XMP = 0x20, 0x08, 0x04
_FRAME_BYTES = 16
"""Place, size and timing before the chunks of a frame of a WebP."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What stays of one kind of file; lists are entered where they stand in ``lists``."""

    chunks: frozenset[bytes]
    lists: frozenset[bytes] = field(default_factory=frozenset)
    whole_lists: frozenset[bytes] = field(default_factory=frozenset)
    needed: frozenset[bytes] = field(default_factory=frozenset)


_FORMS = {
    b"WEBP": _Form(frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})),
    b"WAVE": _Form(frozenset({b"fmt ", b"fact", b"data"}), needed=frozenset({b"fmt ", b"data"})),
    b"AVI ": _Form(
        frozenset({b"avih", b"strh", b"strf", b"indx", b"vprp", b"dmlh", b"idx1"}),
        lists=frozenset({b"hdrl", b"strl", b"odml"}),
        whole_lists=frozenset({b"movi"}),
        needed=frozenset({b"avih", b"LIST"}),
    ),
    b"AVIX": _Form(frozenset({b"idx1"}), whole_lists=frozenset({b"movi"})),
}


def plan(reader: Reader) -> Plan:
    """Say what is emptied in a WebP, a WAV or an AVI; raises UnsupportedError for other kinds of RIFF."""
    return _Cleaning(reader).plan()


class _Cleaning:
    """Goes through one file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._found = Plan()
        self._seen: set[bytes] = set()
        self._form = _FORMS[b"WEBP"]
        self._flags: tuple[int, int] | None = None
        """Where a WebP says what it has, and what it says."""
        self._turned = False

    def plan(self) -> Plan:
        reader, first = self._reader, b""
        while reader.left >= _HEADER_BYTES:
            head = reader.peek(_HEADER_BYTES)
            kind = head[8:]
            if first and not (kind == b"AVIX" and first == b"AVI " and head.startswith(b"RIFF")):
                break
            if not head.startswith(b"RIFF") or kind not in _FORMS:
                raise UnsupportedError
            first = first or kind
            self._form = _FORMS[kind]
            length = int.from_bytes(head[4:8], "little")
            stop = min(reader.position + 8 + length + length % 2, reader.size)
            if length in {0, _TO_THE_END}:
                stop = reader.size
            reader.skip(_HEADER_BYTES)
            self._chunks(stop)
        if not first or not _FORMS[first].needed <= self._seen or not self._seen & _FORMS[first].chunks:
            raise DamagedError
        if self._flags is not None:
            at, flags = self._flags
            says = flags & ~_ICC & ~_XMP & ~_EXIF | (_EXIF if self._turned else 0)
            self._found.edits.append(put(at, bytes([says])))
        self._found.edits.append(cut(reader.position, END))
        return self._found

    def _chunks(self, stop: int) -> None:
        reader, found = self._reader, self._found
        while reader.position + 8 <= stop:
            reader.part()
            start = reader.position
            kind, length = reader.take(4), int.from_bytes(reader.take(4), "little")
            body = reader.position
            if kind == b"data" and length in {0, _TO_THE_END}:
                length = stop - body
            end = body + length
            if end > stop:
                if kind not in {b"data", b"LIST"}:
                    raise DamagedError
                # A recording that was cut off: its sound or film goes to the end of the file.
                end = stop
            if kind == b"LIST":
                self._list(start, end)
            elif kind == b"EXIF" and self._form is _FORMS[b"WEBP"]:
                self._exif(start, length)
            elif kind in self._form.chunks:
                self._seen.add(kind)
                self._kept(kind, end)
            else:
                found.edits += [put(start, b"JUNK"), blank(body, end)]
            reader.skip(min(end + length % 2, stop) - reader.position)
        if reader.position < stop:
            found.edits.append(blank(reader.position, stop))
            reader.skip(stop - reader.position)

    def _kept(self, kind: bytes, end: int) -> None:
        if kind == b"VP8X":
            self._flags = (self._reader.position, self._reader.peek(1)[0])
        elif kind == b"ANMF":
            self._reader.skip(_FRAME_BYTES)
            self._chunks(end)

    def _list(self, start: int, end: int) -> None:
        kind = self._reader.take(4)
        if kind in self._form.lists:
            self._chunks(end)
        elif kind in self._form.whole_lists:
            self._seen.add(b"LIST")
        else:
            self._found.edits += [put(start, b"JUNK"), blank(start + 8, end)]

    def _exif(self, start: int, length: int) -> None:
        content = self._reader.take(length) if length <= _MOST_EXIF else b""
        turned = orientation(content.removeprefix(b"Exif\0\0"))
        says = only_orientation(turned)
        if turned != UPRIGHT and len(says) <= length:
            self._turned = True
            self._found.edits += [put(start + 8, says), blank(start + 8 + len(says), start + 8 + length)]
        else:
            self._found.edits += [put(start, b"JUNK"), blank(start + 8, start + 8 + length)]

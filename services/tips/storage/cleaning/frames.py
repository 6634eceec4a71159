"""Sound without a container (MP3, AAC, AMR): its frames stay, whatever stands before, between and behind them goes."""

import re
from collections.abc import Callable

from services.tips.storage.cleaning.edits import END, Plan, cut
from services.tips.storage.cleaning.reading import DamagedError, Reader

_HEADER_BYTES = 7
"""The longest header a length is read from."""
_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_ID3_BYTES = 10
_LEAST_SHARE = 0.5
"""Of what is no tag; a file that is frames for less than this is not what it says."""

_RATES = {
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (2, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
}
"""Thousand bits a second by version (3: MPEG-1, 2: MPEG-2 and 2.5) and layer code (1: III, 2: II, 3: I)."""
_SAMPLINGS = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)
"""Bytes of a frame of AMR after its first, by kind of frame."""


def mpeg_audio(header: bytes) -> int:
    """Return the length of the frame of MP3 (or MP2, MP1) that begins so; 0 where none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - eleven bits are set
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate, sampling, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or not layer or sampling == 3 or rate in {0, 15}:  # noqa: PLR2004 - reserved codes
        return 0
    bits = _RATES[3 if version == 3 else 2, layer][rate - 1] * 1000  # noqa: PLR2004 - MPEG-1
    frequency = _SAMPLINGS[version][sampling]
    if layer == 3:  # noqa: PLR2004 - layer I counts in slots of four bytes
        return (12 * bits // frequency + padding) * 4
    slots = 72 if layer == 1 and version != 3 else 144  # noqa: PLR2004
    return slots * bits // frequency + padding


def aac(header: bytes) -> int:
    """Return the length of the frame of AAC (ADTS) that begins so; 0 where none does."""
    if len(header) < _HEADER_BYTES or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:  # noqa: PLR2004 - its sync
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length >= _HEADER_BYTES else 0


def plan_mpeg_audio(reader: Reader) -> Plan:
    """Say what goes out of an MP3: ID3 of either version, APE, lyrics, pictures."""
    return _Framed(reader, mpeg_audio).plan()


def plan_aac(reader: Reader) -> Plan:
    """Say what goes out of AAC without a container."""
    return _Framed(reader, aac).plan()


def plan_amr(reader: Reader) -> Plan:
    """Say what goes out of a recording of a telephone: what follows its frames; raises DamagedError between them."""
    lengths = _NARROW
    if reader.peek(9) == b"#!AMR-WB\n":
        lengths = _WIDE
        reader.skip(9)
    elif reader.take(6) != b"#!AMR\n":
        raise DamagedError
    frames = reader.position
    while reader.left:
        reader.part()
        head = reader.peek(1)[0]
        length = 1 + lengths[head >> 3 & 15]
        if head & 0x83 or length > reader.left:
            break
        reader.skip(length)
    if reader.position == frames or reader.left > max(_NARROW):
        raise DamagedError
    return Plan([cut(reader.position, END)])


class _Framed:
    """Goes from frame to frame; a frame counts where another one, or the end, follows it."""

    def __init__(self, reader: Reader, length_of: Callable[[bytes], int]) -> None:
        self._reader = reader
        self._length_of = length_of
        self._found = Plan()
        self._sound = self._tags = 0

    def plan(self) -> Plan:
        reader = self._reader
        while reader.left:
            self._tag()
            start = reader.position
            if not self._frames():
                # Not where one should begin: look further on.
                reader.skip(min(1, reader.left))
                while reader.skip_to(_SYNC, 1) and not self._chained():
                    reader.part()
                    reader.skip(1)
                self._found.edits.append(cut(start, reader.position))
        if not self._sound or self._sound < _LEAST_SHARE * (reader.size - self._tags):
            raise DamagedError
        return self._found

    def _tag(self) -> None:
        reader = self._reader
        while (head := reader.peek(_ID3_BYTES)).startswith(b"ID3") and len(head) == _ID3_BYTES:
            start = reader.position
            length = 0
            for each in head[6:]:
                length = length << 7 | each & 0x7F
            footer = _ID3_BYTES if head[5] & 0x10 else 0
            reader.skip(min(_ID3_BYTES + length + footer, reader.left))
            self._tags += reader.position - start
            self._found.edits.append(cut(start, reader.position))

    def _frames(self) -> bool:
        """Read frames up to where none begins; False where not a single one did."""
        reader, some = self._reader, False
        while 0 < (length := self._length_of(reader.peek(_HEADER_BYTES))) <= reader.left:
            if not some and not self._chained():
                break
            reader.part()
            reader.skip(length)
            self._sound += length
            some = True
        return some

    def _chained(self) -> bool:
        """Whether a frame begins here and another one, or the end of the file, follows it."""
        length = self._length_of(self._reader.peek(_HEADER_BYTES))
        if not 0 < length <= self._reader.left:
            return False
        after = self._reader.peek(length + _HEADER_BYTES)[length:]
        return not after or after.startswith((b"TAG", b"APETAGEX", b"ID3")) or self._length_of(after) > 0

"""JPEG: what its picture needs stays bit for bit; application data, comments and what follows the picture go."""

import re

from services.tips.storage.cleaning.edits import END, Edit, Plan, cut
from services.tips.storage.cleaning.exif import UPRIGHT, only_orientation, orientation
from services.tips.storage.cleaning.reading import DamagedError, Reader

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_JFIF, _EXIF, _ADOBE = 0xE0, 0xE1, 0xEE
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers that no length follows."""
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends the bits of a scan: in them 0xFF is followed by zero, or by the number of a restart."""
_ADOBE_BYTES = 12
_JFIF_BYTES = 14


def plan(reader: Reader) -> Plan:
    """Say what goes out of a JPEG; of several pictures in one file (MPO) the first stays."""
    if reader.take(2) != b"\xff\xd8":
        raise DamagedError
    found = Plan()
    turned, framed, scanned = UPRIGHT, False, False
    while True:
        start = reader.position
        if not reader.left and scanned:
            # A picture that was cut off in sending; its end is made good.
            found.edits.append(Edit(start, start, b"\xff\xd9"))
            break
        marker = _marker(reader)
        if marker == _END:
            break
        if marker in _ALONE:
            found.edits.append(cut(start, reader.position))
            continue
        body = reader.take(_length(reader))
        if marker == _EXIF and turned == UPRIGHT and body.startswith(b"Exif\0"):
            turned = orientation(body[6:])
        framed |= marker in _FRAMES
        if marker not in _FRAMES | _TABLES | {_SCAN}:
            found.edits.append(Edit(start, reader.position, _kept(marker, body)))
        if marker == _SCAN:
            scanned = True
            if not framed:
                raise DamagedError
            reader.skip_to(_MARKER, 1)
    if not scanned:
        raise DamagedError
    found.edits.append(cut(reader.position, END))
    if turned != UPRIGHT:
        says = b"Exif\0\0" + only_orientation(turned)
        found.edits.append(Edit(2, 2, _segment(_EXIF, says)))
    return found


def _marker(reader: Reader) -> int:
    reader.part()
    if reader.take(1) != b"\xff":
        raise DamagedError
    while True:
        code = reader.take(1)[0]
        if code != 0xFF:  # noqa: PLR2004 - fill bytes may stand before a marker
            break
    if code in {0, _START}:
        raise DamagedError
    return code


def _length(reader: Reader) -> int:
    length = int.from_bytes(reader.take(2))
    if length < 2:  # noqa: PLR2004 - it counts itself
        raise DamagedError
    return length - 2


def _kept(marker: int, body: bytes) -> bytes:
    """Return what stays of application data: the density without its thumbnail, and how colours are coded."""
    if marker == _JFIF and body.startswith(b"JFIF\0") and len(body) >= _JFIF_BYTES:
        return _segment(_JFIF, body[: _JFIF_BYTES - 2] + b"\0\0")
    if marker == _ADOBE and body.startswith(b"Adobe") and len(body) >= _ADOBE_BYTES:
        return _segment(_ADOBE, body[:_ADOBE_BYTES])
    return b""


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2) + body

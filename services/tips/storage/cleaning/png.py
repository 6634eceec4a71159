"""PNG: chunks that draw the picture stay; words, times, EXIF, colour profiles and what follows the end go."""

import zlib

from services.tips.storage.cleaning.edits import END, Edit, Plan, cut
from services.tips.storage.cleaning.exif import UPRIGHT, only_orientation, orientation
from services.tips.storage.cleaning.reading import DamagedError, Reader

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"CgBI"})
_DRAWING = {
    b"tRNS": range(257),
    b"gAMA": range(4, 5),
    b"cHRM": range(32, 33),
    b"sRGB": range(1, 2),
    b"sBIT": range(5),
    b"cICP": range(4, 5),
    b"acTL": range(8, 9),
    b"fcTL": range(26, 27),
    b"fdAT": range(4, 2**31),
}
"""Further chunks that change how it looks or moves, with the lengths they have; at another length they go."""
_LOWER = 0x20
_MOST_EXIF = 65_536


def plan(reader: Reader) -> Plan:
    """Say what goes out of a PNG."""
    if reader.take(8) != _SIGNATURE:
        raise DamagedError
    found, header, pixels, turned = Plan(), 0, False, UPRIGHT
    while True:
        reader.part()
        start = reader.position
        length, kind = int.from_bytes(reader.take(4)), reader.take(4)
        if not header and kind not in {b"IHDR", b"CgBI"}:
            raise DamagedError
        if kind == b"eXIf" and length <= _MOST_EXIF:
            turned = orientation(reader.take(length))
            reader.skip(4)
        else:
            reader.skip(length + 4)
        if kind == b"IHDR":
            header = reader.position
        pixels |= kind == b"IDAT"
        if kind in _CRITICAL:
            if kind == b"IEND":
                break
        elif not kind[0] & _LOWER:
            # Without a critical chunk nobody can draw it, and we do not know what this one says.
            raise DamagedError
        elif length not in _DRAWING.get(kind, ()):
            found.edits.append(cut(start, reader.position))
    if not pixels or length:
        raise DamagedError
    found.edits.append(cut(reader.position, END))
    if turned != UPRIGHT:
        found.edits.append(Edit(header, header, _chunk(b"eXIf", only_orientation(turned))))
    return found


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

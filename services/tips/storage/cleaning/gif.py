"""GIF: pictures, their timing and how often they repeat stay; comments, words and programs' data go."""

from services.tips.storage.cleaning.edits import END, Edit, Plan, cut
from services.tips.storage.cleaning.reading import DamagedError, Reader

_PICTURE, _EXTENSION, _TRAILER = b"\x2c", b"\x21", b"\x3b"
_TIMING, _PROGRAM = b"\xf9", b"\xff"
_LOOPING = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")
_HAS_COLOURS, _COLOUR_BITS = 0x80, 7


def plan(reader: Reader) -> Plan:
    """Say what goes out of a GIF."""
    if reader.take(6) not in {b"GIF87a", b"GIF89a"}:
        raise DamagedError
    _skip_colours(reader, reader.take(7)[4])
    found, pictures = Plan(), 0
    while True:
        reader.part()
        start = reader.position
        if not reader.left and pictures:
            # A picture that was cut off in sending; its end is made good.
            found.edits.append(Edit(start, start, _TRAILER))
            break
        kind = reader.take(1)
        if kind == _TRAILER:
            break
        if kind == _PICTURE:
            _skip_colours(reader, reader.take(9)[8])
            reader.skip(1)
            _skip_blocks(reader)
            pictures += 1
        elif kind == _EXTENSION:
            kept = _kept(reader)
            if kept is not None:
                found.edits.append(Edit(start, reader.position, kept))
        else:
            raise DamagedError
    if not pictures:
        raise DamagedError
    found.edits.append(cut(reader.position, END))
    return found


def _kept(reader: Reader) -> bytes | None:
    """Read an extension and return what is left of it; None for one that stays as it is."""
    label = reader.take(1)
    if label == _TIMING and reader.peek(1) == b"\x04":
        reader.skip(5)
        if reader.take(1) != b"\0":
            raise DamagedError
        return None
    looping = b""
    if label == _PROGRAM:
        head = reader.peek(16)
        if head[:12] in _LOOPING and head[12:14] == b"\x03\x01":
            looping = _EXTENSION + label + head + b"\0"
    _skip_blocks(reader)
    return looping


def _skip_colours(reader: Reader, flags: int) -> None:
    if flags & _HAS_COLOURS:
        reader.skip(3 * 2 ** ((flags & _COLOUR_BITS) + 1))


def _skip_blocks(reader: Reader) -> None:
    while length := reader.take(1)[0]:
        reader.skip(length)

"""FLAC: what its decoder needs stays; words, pictures and programs' data become padding of the same length."""

from services.tips.storage.cleaning.edits import END, Plan, blank, cut, put
from services.tips.storage.cleaning.reading import DamagedError, Reader

_STREAM, _PADDING, _SEEKING = 0, 1, 3
_LAST = 0x80
_TAIL_BYTES = 128
"""An ID3 tag of the first version, which some programs set behind everything."""


def plan(reader: Reader) -> Plan:
    """Say what is emptied in a FLAC."""
    if reader.take(4) != b"fLaC":
        raise DamagedError
    found, last, first = Plan(), False, True
    while not last:
        reader.part()
        start = reader.position
        head = reader.take(4)
        kind, last, length = head[0] & ~_LAST, bool(head[0] & _LAST), int.from_bytes(head[1:])
        if first != (kind == _STREAM):
            raise DamagedError
        if kind not in {_STREAM, _SEEKING}:
            found.edits += [put(start, bytes([_PADDING | (head[0] & _LAST)])), blank(start + 4, start + 4 + length)]
        reader.skip(length)
        first = False
    if reader.peek(2)[:1] != b"\xff":
        raise DamagedError
    if reader.left > _TAIL_BYTES:
        reader.skip(reader.left - _TAIL_BYTES)
        if reader.peek(3) == b"TAG":
            found.edits.append(cut(reader.position, END))
    return found

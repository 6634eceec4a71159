"""Matroska and WebM: tags, titles, times and attachments become empty elements of the same length; nothing moves."""

from services.tips.storage.cleaning.edits import Edit, Plan, blank, put
from services.tips.storage.cleaning.reading import DamagedError, Reader

_EBML, _SEGMENT, _CLUSTER, _INFO, _TRACKS, _TRACK = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0x1549A966, 0x1654AE6B, 0xAE
_ENTERED = frozenset({_SEGMENT, _CLUSTER, _INFO, _TRACKS, _TRACK})
_SEEKING = frozenset({0x114D9B74, 0x1C53BB6B})
_BLOCKS = frozenset({0xE7, 0xA3, 0xA0, 0xAB, 0xA7, 0x5854})
_TIMING = frozenset({0x2AD7B1, 0x4489})
_PROGRAMS = frozenset({0x4D80, 0x5741})
"""Which programs wrote it: they must be there, and may be empty."""
_OF_TRACK = frozenset(
    {0xD7, 0x73C5, 0x83, 0xB9, 0x88, 0x55AA, 0x55AB, 0x55AC, 0x55AD, 0x55AE, 0x55AF, 0x9C, 0x6DE7, 0x6DF8, 0x23E383}
    | {0x234E7A, 0x23314F, 0x55EE, 0x22B59C, 0x22B59D, 0x86, 0x63A2, 0xAA, 0x56AA, 0x56BB, 0xE0, 0xE1, 0x6D80, 0x537F}
)
_KEPT = frozenset({_EBML}) | _SEEKING | _BLOCKS | _TIMING | _OF_TRACK
_TRACK_KIND = 0x83
_SHOWN = frozenset({1, 2, 3})
"""Kinds of tracks: film, sound, both."""
_VOID = b"\xec"
_LONGEST_SIZE = 8


def plan(reader: Reader) -> Plan:
    """Say what is emptied in a Matroska or a WebM, as it was recorded or as it was sent on."""
    found, tracks, blocks = Plan(), 0, 0
    if reader.peek(4) != _EBML.to_bytes(4):
        raise DamagedError
    while reader.left:
        reader.part()
        start = reader.position
        kind = _number(reader, marked=True, most=4)
        length = _number(reader, marked=False, most=_LONGEST_SIZE)
        if kind in _ENTERED:
            tracks += kind == _TRACK
            continue
        if length is None:
            raise DamagedError
        if length > reader.left and kind in _BLOCKS and blocks:
            # A recording that was cut off.
            length = reader.left
        body, stop = reader.position, reader.position + length
        blocks += kind in _BLOCKS
        if kind == _TRACK_KIND and length == 1 and int.from_bytes(reader.peek(1)) not in _SHOWN:
            # Subtitles, or what sensors wrote: we cannot tell what they say.
            found.complete = False
        if kind in _PROGRAMS:
            found.edits.append(blank(body, stop))
        elif kind not in _KEPT:
            found.edits += _void(start, stop)
        reader.skip(length)
    if not tracks or not blocks:
        raise DamagedError
    return found


def _number(reader: Reader, *, marked: bool, most: int) -> int | None:
    """Read an id (with its mark) or a length; None for a length that is not known."""
    first = reader.take(1)[0]
    more = 8 - first.bit_length()
    if more >= most:
        raise DamagedError
    value = int.from_bytes(bytes([first]) + reader.take(more))
    if marked:
        return value
    value -= 1 << 7 * (more + 1)
    return None if value == (1 << 7 * (more + 1)) - 1 else value


def _void(start: int, stop: int) -> list[Edit]:
    """Return edits that make of an element an empty one of the same length."""
    for size_bytes in (1, _LONGEST_SIZE):
        content = stop - start - 1 - size_bytes
        if 0 <= content < (1 << 7 * size_bytes) - 1:
            says = _VOID + (content | 1 << 7 * size_bytes).to_bytes(size_bytes)
            return [put(start, says), blank(start + len(says), stop)]
    raise DamagedError

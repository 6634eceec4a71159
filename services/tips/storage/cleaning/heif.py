"""HEIC and AVIF: EXIF, XMP and whatever is no picture is emptied where it lies; nothing moves."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.tips.storage.cleaning.boxes import Box, Structure, top_level
from services.tips.storage.cleaning.edits import END, Plan, cut
from services.tips.storage.cleaning.film import MOST_STRUCTURE_BYTES, FilmCleaning
from services.tips.storage.cleaning.reading import DamagedError, Reader, TooLargeError, UnsupportedError

_META = frozenset({b"hdlr", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat", b"dinf", b"grpl"})
_PICTURES = frozenset(
    {b"hvc1", b"hev1", b"lhv1", b"av01", b"avc1", b"vvc1", b"jpeg", b"j2k1", b"unci", b"mski"}
    | {b"grid", b"iovl", b"iden", b"tmap", b"sato"}
)
_PROPERTIES = frozenset(
    {b"ispe", b"pixi", b"pasp", b"hvcC", b"lhvC", b"av1C", b"avcC", b"vvcC", b"jpgC", b"j2kH", b"colr", b"irot"}
    | {b"imir", b"clap", b"auxC", b"rloc", b"clli", b"mdcv", b"cclv", b"amve", b"lsel", b"a1op", b"a1lx", b"cmpd"}
    | {b"uncC", b"oinf", b"tols", b"rref", b"iscl", b"ndwt", b"reve", b"cmin", b"cmex"}
)
_COLOUR_PROFILES = frozenset({b"prof", b"rICC"})
_IN_FILE, _IN_BOX = 0, 1
_FULL_BOX_BYTES = 4
"""Version and flags before the content of most boxes."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part of an item lies: in the file, or in the box ``idat``."""

    method: int
    start: int
    length: int


def plan(reader: Reader) -> Plan:
    """Say what is emptied in a HEIC or an AVIF, moving or not."""
    cleaning, described = FilmCleaning(), False
    while reader.left:
        box = top_level(reader)
        if box is None:
            # What some cameras write behind the picture.
            cleaning.plan.edits.append(cut(reader.position, END))
            break
        if box.kind != b"meta" or described:
            cleaning.box(reader, box)
            continue
        if box.stop - box.start > MOST_STRUCTURE_BYTES:
            raise TooLargeError
        described = True
        structure = Structure(reader.take(box.stop - box.body), box.body)
        _describe(structure, cleaning)
        cleaning.plan.edits += structure.edits
    if not described and not cleaning.tracks:
        raise DamagedError
    return cleaning.finish()


def _describe(structure: Structure, cleaning: FilmCleaning) -> None:
    """Clean the description of the pictures, and note where lies what is none."""
    whole = Box(b"meta", 0, 0, len(structure.content))
    found = {each.kind: each for each in structure.only(whole, _META, skip=_FULL_BOX_BYTES)}
    if not {b"iinf", b"iloc"} <= found.keys():
        raise DamagedError
    if b"hdlr" in found:
        structure.blank(found[b"hdlr"].body + 12, found[b"hdlr"].stop)
    if b"iprp" in found:
        _properties(structure, found[b"iprp"])
    others = _others(structure, found[b"iinf"])
    data = found.get(b"idat")
    for item, places in _places(structure, found[b"iloc"]):
        if item not in others:
            continue
        for place in places:
            if place.method == _IN_FILE and place.length:
                cleaning.unwanted.append((place.start, place.start + place.length))
            elif place.method == _IN_BOX and data is not None:
                start = min(data.body + place.start, data.stop)
                stop = start + place.length if place.length else data.stop
                structure.blank(start, min(stop, data.stop))
            else:
                cleaning.plan.complete = False


def _properties(structure: Structure, box: Box) -> None:
    for container in structure.boxes(box.body, box.stop):
        if container.kind != b"ipco":
            continue
        for each in structure.only(container, _PROPERTIES):
            if each.kind == b"colr" and structure.content[each.body : each.body + 4] in _COLOUR_PROFILES:
                structure.free(each)


def _others(structure: Structure, box: Box) -> set[int]:
    """Return the items that are no pictures, and leave of them nothing but their numbers."""
    found = set()
    wide = structure.number(box.body, 1) > 0
    for entry in structure.boxes(box.body + _FULL_BOX_BYTES + (4 if wide else 2), box.stop):
        version = structure.number(entry.body, 1)
        if entry.kind != b"infe" or version < 2:  # noqa: PLR2004 - before, entries had no type
            raise UnsupportedError
        digits = 2 if version == 2 else 4  # noqa: PLR2004
        at = entry.body + _FULL_BOX_BYTES + digits + 2
        if structure.content[at : at + 4] not in _PICTURES:
            found.add(structure.number(entry.body + _FULL_BOX_BYTES, digits))
            structure.put(at, b"free")
        structure.blank(at + 4, entry.stop)
    return found


def _places(structure: Structure, box: Box) -> Iterator[tuple[int, list[_Place]]]:
    at = box.body + _FULL_BOX_BYTES

    def number(count: int) -> int:
        nonlocal at
        at += count
        return structure.number(at - count, count) if count else 0

    version = structure.number(box.body, 1)
    sizes, more_sizes = number(1), number(1)
    offset_bytes, length_bytes, base_bytes = sizes >> 4, sizes & 15, more_sizes >> 4
    index_bytes = more_sizes & 15 if version else 0
    digits = 4 if version > 1 else 2
    for _ in range(number(digits)):
        item = number(digits)
        method = number(2) & 15 if version else _IN_FILE
        number(2)
        base = number(base_bytes)
        places = []
        for _ in range(number(2)):
            number(index_bytes)
            start = base + number(offset_bytes)
            places.append(_Place(method, start, number(length_bytes)))
        if at > box.stop:
            raise DamagedError
        yield item, places

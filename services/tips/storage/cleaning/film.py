"""Films and sound in ISO's container: places, names, times and tracks of sensors go; pictures and sound stay in place.

Nothing moves: what goes becomes free space of the same length, so that every offset into the media holds.
"""

from itertools import pairwise

from services.tips.storage.cleaning.boxes import Box, Structure, top_level
from services.tips.storage.cleaning.edits import END, Plan, blank, cut, merged, put
from services.tips.storage.cleaning.reading import DamagedError, Reader, TooLargeError

MOST_STRUCTURE_BYTES = 32 * 2**20
"""The description of a film is in memory while it is cleaned; an hour has some megabytes."""
_MOST_CHUNKS = 1_000_000

_TOP = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"ssix", b"mfra", b"pdin"})
_KEPT: dict[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"mvhd", b"trak", b"mvex", b"iods"}),
    b"trak": frozenset({b"tkhd", b"tref", b"trgr", b"edts", b"mdia", b"tapt"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf", b"elng"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"hmhd", b"nmhd", b"sthd", b"gmhd", b"dinf", b"stbl", b"hdlr"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"stsh", b"padb"}
        | {b"stdp", b"sdtp", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio", b"stps"}
    ),
    b"mvex": frozenset({b"mehd", b"trex", b"leva"}),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset({b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd", b"saiz", b"saio", b"subs", b"senc"}),
}
"""What stays in each box; whatever else stands there, known or not, becomes free space."""
_SHOWN = frozenset({b"vide", b"soun", b"auxv", b"pict"})
"""Tracks to be seen and heard. Places, movements, clocks, chapters and subtitles (where drones write places) go."""
_ENTRY_METADATA = frozenset({b"udta", b"uuid", b"meta"})
_PICTURE_ENTRY_BYTES = 78


class FilmCleaning:
    """Collects what goes out of one file."""

    def __init__(self) -> None:
        self.plan = Plan()
        self._media: list[tuple[int, int]] = []
        self.unwanted: list[tuple[int, int]] = []
        """Where samples of tracks lie that go."""
        self._hidden = False
        """Whether any track goes."""
        self.tracks = 0
        self._fragments = False

    def box(self, reader: Reader, box: Box) -> None:
        """Take in a box of the file, whose header is read, and read to its end."""
        if box.kind in {b"moov", b"moof"}:
            if box.stop - box.start > MOST_STRUCTURE_BYTES:
                raise TooLargeError
            structure = Structure(reader.take(box.stop - box.body), box.body)
            whole = Box(box.kind, 0, 0, len(structure.content))
            if box.kind == b"moov":
                self._movie(structure, whole)
            else:
                self._fragments = True
                self._only(structure, whole)
            self.plan.edits += structure.edits
        elif box.kind == b"mdat":
            self._media.append((box.body, box.stop))
        elif box.kind not in _TOP:
            if box.stop > box.body:
                self.plan.edits.append(blank(box.body, box.stop))
            self.plan.edits.append(put(box.start + 4, b"free"))
        reader.skip(box.stop - reader.position)

    def finish(self) -> Plan:
        """Return the plan once every box is taken in."""
        for start, stop in merged(self.unwanted):
            for first, last in self._media:
                if max(start, first) < min(stop, last):
                    self.plan.edits.append(blank(max(start, first), min(stop, last)))
        # Samples of fragments are described elsewhere; of a track that goes they stay.
        self.plan.complete &= not (self._hidden and self._fragments)
        return self.plan

    def _movie(self, structure: Structure, movie: Box) -> None:
        tracks = [each for each in structure.boxes(movie.body, movie.stop) if each.kind == b"trak"]
        hidden = {each.start: each for each in tracks if _handler(structure, each) not in _SHOWN}
        gone = {_track_id(structure, each) for each in hidden.values()}
        for each in structure.only(movie, _KEPT[b"moov"]):
            if each.start in hidden:
                self._hidden = True
                self._samples(structure, each)
                structure.free(each)
            elif each.kind == b"trak":
                self.tracks += 1
                self._track(structure, each, gone)
            else:
                self._keep(structure, each, b"")

    def _track(self, structure: Structure, track: Box, gone: set[int]) -> None:
        handler = _handler(structure, track)
        for each in structure.only(track, _KEPT[b"trak"]):
            if each.kind == b"tref" and _refers(structure, each) & gone:
                structure.free(each)
            else:
                self._keep(structure, each, handler)

    def _keep(self, structure: Structure, box: Box, handler: bytes) -> None:
        if box.kind in {b"mvhd", b"tkhd", b"mdhd"}:
            # When it was made and changed: two numbers of four bytes, or of eight.
            length = 16 if structure.number(box.body, 1) == 1 else 8
            structure.put(box.body + 4, bytes(length))
        elif box.kind == b"hdlr":
            structure.blank(box.body + 12, box.stop)
        elif box.kind == b"stsd":
            _entries(structure, box, handler)
        elif box.kind == b"dref":
            for each in structure.boxes(box.body + 8, box.stop):
                # Where another file would lie, on whose computer.
                structure.blank(each.body + 4, each.stop)
        elif box.kind in _KEPT:
            self._only(structure, box, handler)

    def _only(self, structure: Structure, box: Box, handler: bytes = b"") -> None:
        for each in structure.only(box, _KEPT[box.kind]):
            self._keep(structure, each, handler)

    def _samples(self, structure: Structure, track: Box) -> None:
        """Note where in the file the samples of a track lie."""
        table = _inside(structure, track, b"mdia", b"minf", b"stbl")
        found = {each.kind: each for each in structure.boxes(table.body, table.stop)} if table else {}
        wide = b"co64" in found
        places = found.get(b"co64") or found.get(b"stco")
        if places is None or b"stsc" not in found or b"stsz" not in found:
            self.plan.complete = False
            return
        sizes = _Sizes(structure, found[b"stsz"])
        count = structure.number(places.body + 4, 4)
        if count > _MOST_CHUNKS:
            raise TooLargeError
        sample = 0
        runs = _runs(structure, found[b"stsc"], count)
        for (first, samples), (behind, _) in pairwise([*runs, (count, 0)]):
            for chunk in range(first, behind):
                start = structure.number(places.body + 8 + chunk * (8 if wide else 4), 8 if wide else 4)
                length = sizes.together(sample, samples)
                sample += samples
                self.unwanted.append((start, start + length))


class _Sizes:
    """Sizes of the samples of a track: one for all, or a table."""

    def __init__(self, structure: Structure, box: Box) -> None:
        self._equal = structure.number(box.body + 4, 4)
        self._count = structure.number(box.body + 8, 4)
        start = box.body + 12
        self._table = memoryview(structure.content)[start : min(box.stop, start + 4 * self._count)]
        if not self._equal and len(self._table) < 4 * self._count:
            raise DamagedError

    def together(self, first: int, count: int) -> int:
        """Bytes of samples that follow one another."""
        last = min(first + count, self._count)
        if self._equal:
            return self._equal * max(0, last - first)
        return sum(int.from_bytes(self._table[4 * each : 4 * each + 4]) for each in range(first, last))


def _runs(structure: Structure, box: Box, chunks: int) -> list[tuple[int, int]]:
    """Return from which chunk on (counted from 0) a chunk has how many samples."""
    count = structure.number(box.body + 4, 4)
    if count > _MOST_CHUNKS or box.body + 8 + 12 * count > box.stop:
        raise DamagedError
    found = [
        (structure.number(at, 4) - 1, structure.number(at + 4, 4))
        for at in range(box.body + 8, box.body + 8 + 12 * count, 12)
    ]
    if any(first < 0 or first > chunks or first >= behind for (first, _), (behind, _) in pairwise(found)):
        raise DamagedError
    return found


def plan(reader: Reader) -> Plan:
    """Say what goes out of a film or of sound; raises DamagedError for what nobody could play."""
    cleaning = FilmCleaning()
    while reader.left:
        box = top_level(reader)
        if box is None:
            # What some cameras write behind the film.
            cleaning.plan.edits.append(cut(reader.position, END))
            break
        cleaning.box(reader, box)
    if not cleaning.tracks:
        raise DamagedError
    return cleaning.finish()


def _inside(structure: Structure, box: Box, *kinds: bytes) -> Box | None:
    """Return the first box of the first box of ... of these kinds."""
    for kind in kinds:
        found = next((each for each in structure.boxes(box.body, box.stop) if each.kind == kind), None)
        if found is None:
            return None
        box = found
    return box


def _handler(structure: Structure, track: Box) -> bytes:
    handler = _inside(structure, track, b"mdia", b"hdlr")
    return b"" if handler is None else structure.content[handler.body + 8 : handler.body + 12]


def _track_id(structure: Structure, track: Box) -> int:
    header = _inside(structure, track, b"tkhd")
    if header is None:
        raise DamagedError
    return structure.number(header.body + (20 if structure.number(header.body, 1) == 1 else 12), 4)


def _refers(structure: Structure, references: Box) -> set[int]:
    return {
        structure.number(at, 4)
        for each in structure.boxes(references.body, references.stop)
        for at in range(each.body, each.stop - 3, 4)
    }


def _entries(structure: Structure, table: Box, handler: bytes) -> None:
    """Take the coder's name out of the descriptions of samples, and what programs have added."""
    for entry in structure.boxes(table.body + 8, table.stop):
        if entry.stop - entry.body < 16:  # noqa: PLR2004 - up to the vendor
            raise DamagedError
        structure.blank(entry.body + 12, entry.body + 16)
        if handler == b"vide":
            structure.blank(entry.body + 42, min(entry.body + 74, entry.stop))
            for each in structure.boxes(min(entry.body + _PICTURE_ENTRY_BYTES, entry.stop), entry.stop):
                if each.kind in _ENTRY_METADATA:
                    structure.free(each)

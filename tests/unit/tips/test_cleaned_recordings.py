"""Films and sound lose places, names and times; what is seen and heard stays where it was, bit for bit."""

import random
import tracemalloc
from collections.abc import Iterator

import pytest

from services.tips.storage.cleaning.boxes import Structure
from services.tips.storage.cleaning.cleaners import CLEANERS, cleaned, cleaned_bytes
from services.tips.storage.cleaning.edits import END, Edit, blank, cut, edited, put
from services.tips.storage.cleaning.reading import DamagedError, Reader, TooLargeError, UnsupportedError
from tests.support import media
from tests.support.media import PLACE, SECRET, SEEN

FILMS = {
    "described first": media.film(),
    "described last": media.film(description_first=False),
    "long offsets": media.film(wide=True),
    "of another make": media.film(brand=b"isom"),
}
IN_PLACE = {
    "film": media.film(),
    "matroska": media.webm(),
    "riff": media.avi(),
}


def says(content: bytes) -> bool:
    return SECRET in content or PLACE in content


def tree(content: bytes, start: int = 0, stop: int | None = None) -> list[tuple[bytes, int]]:
    """All boxes of a film: that this comes to an end without an error is that it still parses."""
    stop = len(content) if stop is None else stop
    found = []
    for box in Structure(content, 0).boxes(start, stop):
        found.append((box.kind, box.stop - box.start))
        if box.kind in {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf"}:
            found += tree(content, box.body, box.stop)
    return found


@pytest.mark.parametrize("name", FILMS)
def test_a_film_loses_places_names_and_times_and_nothing_moves(name: str):
    content = FILMS[name]
    pieces, complete = cleaned(
        "film", lambda: (content[at : at + 61] for at in range(0, len(content), 61)), len(content)
    )
    clean = b"".join(pieces)
    assert complete
    assert says(content)
    assert not says(clean)
    for gone in (media.MADE_AT, b"appl", b"meta", b"mebx", b"udta", b"uuid"):
        assert gone in content
        assert gone not in clean
    end = content.find(b"SEFH") if b"SEFH" in content else len(content)
    assert len(clean) == end
    assert [size for _, size in tree(clean)][:3] == [size for _, size in tree(content[:end])][:3]
    assert [kind for kind, _ in tree(clean)].count(b"trak") == 1
    for shown in (SEEN, SEEN[::-1]):
        assert clean.index(shown) == content.index(shown)
    assert clean.count(b"\x01needed") == 1


def test_a_reference_to_a_track_that_went_goes_and_others_stay():
    content = media.film()
    assert b"tref" not in cleaned_bytes("film", content)
    itself = content.replace(media.box(b"cdsc", media.numbers(2)), media.box(b"cdsc", media.numbers(1)))
    assert b"tref" in cleaned_bytes("film", itself)


def test_a_film_in_fragments_whose_sensors_cannot_be_found_is_said_to_be_cleaned_in_part():
    content = media.film() + media.box(b"moof", media.full(b"mfhd", media.numbers(1)), media.box(b"udta", SECRET))
    pieces, complete = cleaned("film", lambda: [content], len(content))
    assert not complete
    assert SECRET not in b"".join(pieces)


def test_a_film_nobody_could_play_is_damaged():
    first = media.box(b"ftyp", b"isom", bytes(4))
    for content in (first, first + media.box(b"mdat", SEEN), first + media.box(b"moov", media.box(b"cmov", SECRET))):
        with pytest.raises(DamagedError):
            cleaned_bytes("film", content)


def test_a_film_is_cleaned_in_memory_that_does_not_grow_with_it():
    # A header of the media that is eight bytes longer, and as much less in front: the samples stay where they were.
    small = media.film(description_first=False).replace(media.box(b"free", SECRET), media.box(b"free", SECRET[8:]))
    at = small.index(b"mdat") - 4
    end = at + int.from_bytes(small[at : at + 4])
    samples, description = small[at + 8 : end], small[end:]
    length = 64 * 2**20
    opened = small[:at] + b"\0\0\0\1mdat" + (16 + len(samples) + length).to_bytes(8) + samples
    block = bytes(64 * 1024)

    def chunks() -> Iterator[bytes]:
        yield opened
        for _ in range(length // len(block)):
            yield block
        yield description

    tracemalloc.start()
    try:
        pieces, complete = cleaned("film", chunks, len(opened) + length + len(description))
        ends, written = b"", 0
        for piece in pieces:
            written += len(piece)
            ends += piece if len(piece) < len(block) else b""
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert complete
    assert written == len(opened) + length + description.index(b"SEFH")
    assert peak < 2 * 2**20
    assert not says(ends)
    assert SEEN in ends


def test_an_mp3_is_its_frames_alone():
    clean = cleaned_bytes("mpeg_audio", media.mp3())
    assert clean == b"".join(media.mp3_frame(number) for number in range(1, 9))


def test_frames_of_every_rate_are_as_long_as_they_say():
    mpeg_2 = b"\xff\xf3\x40\xc0" + bytes(100)
    padded = b"\xff\xfb\x92\x00" + bytes(414)
    layer_1 = b"\xff\xff\x90\x00" + bytes(308)
    for frame in (mpeg_2, padded, layer_1):
        assert cleaned_bytes("mpeg_audio", media.id3(SECRET) + frame * 5 + SECRET) == frame * 5


def test_what_only_looks_like_a_frame_is_none():
    frames = media.mp3_frame(1) * 4
    assert cleaned_bytes("mpeg_audio", b"\xff\xfb\x90\x00" + bytes(10) + frames) == frames
    with pytest.raises(DamagedError):
        cleaned_bytes("mpeg_audio", frames + bytes(9000))


def test_what_is_no_sound_is_damaged():
    for way in ("mpeg_audio", "aac"):
        with pytest.raises(DamagedError):
            cleaned_bytes(way, b"\xff\xfb\x90\x00" + random.Random(1).randbytes(5000))
    with pytest.raises(DamagedError):
        cleaned_bytes("mpeg_audio", media.id3(SECRET) + SECRET * 100)


def test_sound_of_a_telephone_loses_what_follows_its_frames():
    narrow = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 5
    wide = b"#!AMR-WB\n" + (b"\x44" + bytes(60)) * 5
    for content in (narrow, wide):
        assert cleaned_bytes("amr", content + b"\xffSECRET") == content
    with pytest.raises(DamagedError):
        cleaned_bytes("amr", narrow + b"\xff" * 90)


def test_aac_and_flac_lose_their_tags():
    assert cleaned_bytes("aac", media.aac()) == media.aac()[:480]
    clean = cleaned_bytes("flac", media.flac())
    assert len(clean) == len(media.flac()) - 128
    at, kinds = 4, []
    while True:
        kinds.append(clean[at] & 0x7F)
        last, at = clean[at] & 0x80, at + 4 + int.from_bytes(clean[at + 1 : at + 4])
        if last:
            break
    assert kinds == [0, 1, 1, 1]
    assert clean[at:] == b"\xff\xf8" + SEEN * 9


def test_chunks_nobody_needs_to_hear_a_recording_are_empty():
    clean = cleaned_bytes("riff", media.wav())
    assert len(clean) == int.from_bytes(clean[4:8], "little") + 8
    at, found = 12, {}
    while at < len(clean):
        length = int.from_bytes(clean[at + 4 : at + 8], "little")
        found.setdefault(clean[at : at + 4], []).append(clean[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    assert found.keys() == {b"JUNK", b"fmt ", b"data"}
    assert found[b"data"] == [SEEN]
    assert not any(b"".join(found[b"JUNK"]))


def test_an_old_film_keeps_its_index_where_it_was():
    content = media.avi()
    clean = cleaned_bytes("riff", content)
    assert len(clean) == len(content)
    for part in (b"movi", b"00dc" + len(SEEN).to_bytes(4, "little") + SEEN, b"idx1", b"strf", b"avih"):
        assert clean.index(part) == content.index(part)


def test_a_recording_that_was_cut_off_keeps_its_sound():
    content = media.wav()
    at = content.index(b"data")
    for length in (0, 0xFFFF_FFFF):
        broken = content[: at + 4] + length.to_bytes(4, "little") + SEEN
        assert cleaned_bytes("riff", broken).endswith(SEEN)


def test_the_pages_of_an_ogg_keep_their_places_and_have_new_checksums():
    content = media.ogg()[: -len(SECRET)]
    clean = cleaned_bytes("ogg", media.ogg())
    assert len(clean) == len(content)
    starts = [at for at in range(len(content)) if content.startswith(b"OggS", at)]
    packet = b""
    for start, stop in zip(starts, [*starts[1:], len(clean)], strict=True):
        page = bytearray(clean[start:stop])
        checksum = int.from_bytes(page[22:26], "little")
        page[22:26] = bytes(4)
        assert media.ogg_checksum(page) == checksum
        packet += bytes(page[27 + page[26] :]) if start in starts[1:3] else b""
    vendor = int.from_bytes(packet[8:12], "little")
    assert packet == b"OpusTags" + vendor.to_bytes(4, "little") + b" " * vendor + bytes(4)
    assert clean.endswith(SEEN)


def test_an_ogg_of_an_unknown_codec_is_not_said_to_be_clean():
    with pytest.raises(UnsupportedError):
        cleaned_bytes("ogg", media.ogg_page(0, [19], b"fishead\0" + bytes(11), first=True))


def test_a_film_of_a_browser_is_emptied_in_its_place():
    content = media.webm()
    clean = cleaned_bytes("matroska", content)
    assert len(clean) == len(content)
    assert clean.index(SEEN) == content.index(SEEN)
    assert clean.count(b"\xec") >= 3
    subtitles = media.webm(track_kind=17)
    _, complete = cleaned("matroska", lambda: [subtitles], len(subtitles))
    assert not complete


@pytest.mark.parametrize(
    ("way", "content"),
    [
        ("film", media.film(description_first=False)),
        ("heif", media.heic()),
        ("mpeg_audio", media.mp3()),
        ("riff", media.wav()),
        ("riff", media.avi()),
        ("flac", media.flac()),
        ("ogg", media.ogg()),
        ("matroska", media.webm()),
        ("gif", media.gif()),
    ],
)
def test_a_damaged_file_is_cleaned_or_refused_and_never_anything_else(way: str, content: bytes):
    generator = random.Random(len(content))
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(generator.randint(1, 5)):
            damaged[generator.randrange(len(damaged))] = generator.choice((0, 1, 0x7F, 0xFF, generator.randrange(256)))
        damaged = damaged[: generator.randint(1, len(damaged))]
        try:
            clean = cleaned_bytes(way, bytes(damaged))
        except (DamagedError, TooLargeError, UnsupportedError):
            continue
        assert len(clean) <= len(damaged) + 40


def test_edits_hold_however_a_file_is_cut_into_pieces():
    content = bytes(range(60, 100))
    edits = [cut(30, END), put(3, b"ABC"), blank(8, 15), Edit(1, 1, b"<"), cut(20, 22), blank(14, 16), cut(21, 21)]
    expected = content[:1] + b"<" + content[1:3] + b"ABC" + content[6:8] + bytes(8) + content[16:20] + content[22:30]
    for step in range(1, 41):
        chunks = [content[at : at + step] for at in range(0, len(content), step)]
        assert b"".join(edited(chunks, edits)) == expected, step
    assert b"".join(edited([b"ab"], [Edit(2, 2, b"c")])) == b"abc"


def test_a_file_of_endless_parts_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.tips.storage.cleaning.reading.MOST_PARTS", 20)
    frames = media.mp3_frame(1) * 50
    with pytest.raises(TooLargeError):
        CLEANERS["mpeg_audio"](Reader([frames], len(frames)))

"""Pictures are cleaned without being decoded: their pixels stay bit for bit, upright, and nothing else stays."""

import io
import random

import pytest
from PIL import Image, ImageChops, ImageOps

from services.tips.storage.cleaning.cleaners import cleaned, cleaned_bytes
from services.tips.storage.cleaning.exif import orientation
from services.tips.storage.cleaning.reading import DamagedError, UnsupportedError
from services.tips.storage.programs.tiff import tiff as rewrite_tiff
from tests.support import media
from tests.support.media import PLACE, SECRET

STILL = {
    "jpeg": media.jpeg(),
    "jpeg, progressive": media.jpeg(progressive=True),
    "jpeg, restarts": media.jpeg(restart_marker_blocks=1),
    "jpeg, turned": media.jpeg(orientation=6),
    "png": media.png(),
    "png, turned": media.png(orientation=8),
    "webp": media.webp(),
    "webp, turned": media.webp(orientation=3),
    "avif": media.avif(),
}


def kind(name: str) -> str:
    return {"webp": "riff", "avif": "heif"}.get(name.split(",", maxsplit=1)[0], name.split(",", maxsplit=1)[0])


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("name", STILL)
def test_the_pixels_of_a_picture_stay_bit_for_bit_and_nothing_else(name: str):
    before, clean = opened(STILL[name]), cleaned_bytes(kind(name), STILL[name])
    after = opened(clean)
    assert ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() is None
    assert after.getexif().get(0x0112, 1) == before.getexif().get(0x0112, 1)
    assert set(after.getexif()) <= {0x0112}
    assert not {"comment", "xmp", "icc_profile", "Author", "XML:com.adobe.xmp"} & after.info.keys()
    for words in (SECRET, PLACE):
        assert words in STILL[name]
        assert words not in clean


@pytest.mark.parametrize("make", [media.jpeg, media.png, media.webp])
@pytest.mark.parametrize("turned", range(1, 9))
def test_a_picture_keeps_which_side_is_up_and_nothing_else_of_exif(make, turned: int):
    way = {"jpeg": "jpeg", "png": "png", "webp": "riff"}[make.__name__]
    after = opened(cleaned_bytes(way, make(orientation=turned)))
    assert dict(after.getexif()) == ({} if turned == 1 else {0x0112: turned})
    assert ImageOps.exif_transpose(after).size == ((40, 20) if turned < 5 else (20, 40))


def test_moving_pictures_go_on_moving():
    for way, content in (("gif", media.gif()), ("riff", media.webp(moving=True))):
        before, after = opened(content), opened(cleaned_bytes(way, content))
        assert after.n_frames == before.n_frames == 2
        assert after.info.get("loop") == before.info.get("loop")
        for number in range(2):
            before.seek(number)
            after.seek(number)
            assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()
            assert before.info["duration"] == after.info["duration"]


def test_a_picture_no_longer_says_that_it_has_what_went():
    at, has_profile_exif_xmp = 20, 0x20 | 0x08 | 0x04
    for turned, left in ((1, 0), (6, 0x08)):
        content = media.webp(orientation=turned)
        assert content[at] & has_profile_exif_xmp == has_profile_exif_xmp
        assert cleaned_bytes("riff", content)[at] & has_profile_exif_xmp == left


def test_what_a_frame_of_a_moving_picture_says_goes_too():
    content = media.webp(moving=True)
    at = content.index(b"ANMF")
    length = int.from_bytes(content[at + 4 : at + 8], "little")
    said = media.chunk(b"XMP ", SECRET + PLACE)
    frame = b"ANMF" + (length + len(said)).to_bytes(4, "little") + content[at + 8 : at + 8 + length] + said
    whole = int.from_bytes(content[4:8], "little") + len(said)
    longer = b"RIFF" + whole.to_bytes(4, "little") + content[8:at] + frame + content[at + 8 + length :]
    clean = cleaned_bytes("riff", longer)
    assert SECRET + PLACE not in clean
    assert opened(clean).n_frames == 2


def test_of_several_photographs_in_one_file_the_first_stays():
    out = io.BytesIO()
    depth = media.photograph(size=(40, 20)).convert("RGB")
    media.photograph().save(out, "MPO", save_all=True, append_images=[depth], exif=media.exif())
    assert opened(out.getvalue()).format == "MPO"
    clean = cleaned_bytes("jpeg", out.getvalue())
    assert (opened(clean).format, clean.count(b"\xff\xd8\xff"), clean[-2:]) == ("JPEG", 1, b"\xff\xd9")


def test_the_little_picture_in_the_head_of_a_photograph_goes():
    content = bytearray(media.jpeg())
    assert content[2:4] == b"\xff\xe0"
    thumbnail = SECRET.ljust(12, b"\0")
    head = b"\xff\xe0" + (16 + 12).to_bytes(2) + content[6:18] + b"\x02\x02" + thumbnail
    further = b"\xff\xe0\x00\x12JFXX\0\x13" + SECRET[:10]
    clean = cleaned_bytes("jpeg", bytes(content[:2]) + head + further + bytes(content[20:]))
    assert clean[2:6] + clean[18:20] == b"\xff\xe0\x00\x10\0\0"
    assert SECRET[:6] not in clean
    assert opened(clean).size == (40, 20)


def test_a_photograph_that_was_cut_off_is_cleaned_as_far_as_it_goes():
    whole = media.jpeg(orientation=6)
    scan = whole.index(b"\xff\xda")
    clean = cleaned_bytes("jpeg", whole[: scan + 30])
    assert clean.endswith(b"\xff\xd9")
    assert SECRET not in clean
    with pytest.raises(DamagedError):
        cleaned_bytes("jpeg", whole[: scan - 5])


def test_colours_that_are_told_by_a_mark_stay():
    out = io.BytesIO()
    Image.new("CMYK", (16, 16), (0, 200, 100, 0)).save(out, "JPEG", comment=SECRET)
    clean = cleaned_bytes("jpeg", out.getvalue())
    assert b"Adobe" in clean
    assert opened(clean).tobytes() == opened(out.getvalue()).tobytes()


def test_a_chunk_that_draws_nothing_at_its_length_goes():
    content = media.png()
    at = content.index(b"gAMA") - 4
    long = (40).to_bytes(4) + b"gAMA" + SECRET.ljust(40) + bytes(4)
    assert b"gAMA" in cleaned_bytes("png", content)
    clean = cleaned_bytes("png", content[:at] + long + content[at:])
    assert SECRET not in clean
    unknown = (12).to_bytes(4) + b"ABCD" + SECRET + bytes(4)
    with pytest.raises(DamagedError):
        cleaned_bytes("png", content[:at] + unknown + content[at:])


@pytest.mark.parametrize("in_box", [False, True])
def test_of_a_photograph_of_a_telephone_only_the_picture_stays(in_box: bool):
    content = media.heic(in_box=in_box)
    pieces, complete = cleaned("heif", lambda: [content], len(content))
    clean = b"".join(pieces)
    assert complete
    assert len(clean) == len(content)
    assert clean.index(media.SEEN) == content.index(media.SEEN)
    for words in (SECRET, PLACE, b"Exif", b"xmpmeta", b"mime"):
        assert words in content
        assert words not in clean


def test_a_colour_profile_in_isos_container_goes_and_the_picture_opens():
    content = media.avif(icc_profile=SECRET * 20)
    clean = cleaned_bytes("heif", content)
    assert SECRET not in clean
    assert opened(clean).tobytes() == opened(content).tobytes()


def test_a_scan_is_written_anew_with_all_its_pages_upright():
    content = media.tiff()
    clean, complete = rewrite_tiff(content)
    assert complete
    with Image.open(io.BytesIO(clean)) as image:
        assert image.n_frames == 2
        assert image.size == (20, 40)
        assert image.getpixel((15, 3)) == (255, 0, 0)
        assert not {0x010E, 0x013B, 0x013C, 700} & set(image.tag_v2)
    for words in (SECRET, b"Pillow"):
        assert words not in clean


def test_the_raw_picture_of_a_camera_is_not_made_its_preview():
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "TIFF", tiffinfo={50706: b"\1\4\0\0", 0x013B: SECRET.decode()})
    with pytest.raises(UnsupportedError):
        rewrite_tiff(out.getvalue())


def test_orientation_is_read_in_either_order_and_nonsense_is_upright():
    little = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0" + bytes(4)
    assert orientation(little) == 6
    for nonsense in (b"", b"II*\0\xff\xff\xff\xff", little[:12], b"XX" + little[2:], little.replace(b"\6", b"\x63")):
        assert orientation(nonsense) == 1


@pytest.mark.parametrize("name", STILL)
def test_a_damaged_picture_is_cleaned_or_refused_and_never_anything_else(name: str):
    generator = random.Random(name)
    for _ in range(150):
        content = bytearray(STILL[name])
        for _ in range(generator.randint(1, 6)):
            content[generator.randrange(len(content))] = generator.randrange(256)
        content = content[: generator.randint(1, len(content))]
        try:
            clean = cleaned_bytes(kind(name), bytes(content))
        except (DamagedError, UnsupportedError):
            continue
        assert len(clean) <= len(content) + 40

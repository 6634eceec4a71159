"""Small files of every format that reporters send, each saying in many places who made it and where.

Films and sound are put together by hand, box by box; what must be gone afterwards is `SECRET` and `PLACE`, what must
still be there is `SEEN`.
"""

import io
import zlib
from collections.abc import Sequence

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SECRET = b"SECRET-OWNER"
PLACE = b"+39.9042+116.4074/"
SEEN = b"what is seen and heard, bit for bit"
XMP = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
MADE_AT = (0xE5000000).to_bytes(4)


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF with an owner and a place."""
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010F] = SECRET.decode()
    found.get_ifd(0x8825)[1] = "N"
    found.get_ifd(0x8825)[29] = PLACE.decode()
    return found


def photograph(orientation: int = 1, size: tuple[int, int] = (40, 20)) -> Image.Image:
    """White with a red corner above left; turned, it lies elsewhere."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, 10, 10))
    return image


def jpeg(*, orientation: int = 1, **ways: object) -> bytes:
    """A photograph with EXIF, XMP, a comment, a colour profile and a further picture behind its end."""
    out = io.BytesIO()
    photograph().save(
        out, "JPEG", exif=exif(orientation), comment=SECRET, quality=90, xmp=XMP, icc_profile=SECRET, **ways
    )
    return out.getvalue() + b"\xff\xd8 thumbnail or film of " + SECRET


def png(*, orientation: int = 1) -> bytes:
    """A picture with words, EXIF, a profile, an unknown chunk, and bytes behind its end."""
    out = io.BytesIO()
    notes = PngInfo()
    notes.add_text("Author", SECRET.decode())
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    notes.add(b"prVt", SECRET)
    notes.add(b"gAMA", (45_455).to_bytes(4))
    photograph().save(out, "PNG", pnginfo=notes, exif=exif(orientation))
    return out.getvalue() + SECRET


def webp(*, orientation: int = 1, moving: bool = False) -> bytes:
    """A picture, or two that move, with EXIF, XMP and a profile."""
    out = io.BytesIO()
    frames = {"save_all": True, "append_images": [Image.new("RGB", (40, 20), "blue")]} if moving else {}
    photograph().save(out, "WEBP", exif=exif(orientation), xmp=XMP, icc_profile=SECRET, lossless=True, **frames)
    return out.getvalue() + SECRET


def gif() -> bytes:
    """Two pictures in turn with a comment and a program's data."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=SECRET, duration=50, loop=3)
    program = b"\x21\xff\x0bXMP DataXMP" + bytes([len(XMP)]) + XMP + b"\0"
    return out.getvalue()[:-1] + program + b"\x3b" + SECRET


def tiff(**tags: object) -> bytes:
    """Two scanned pages with an author, a place and a computer's name."""
    out = io.BytesIO()
    said = {0x010E: SECRET.decode(), 0x013B: SECRET.decode(), 0x013C: SECRET.decode(), 700: XMP, 0x0112: 6, **tags}
    photograph().save(out, "TIFF", tiffinfo=said, save_all=True, append_images=[photograph()])
    return out.getvalue() + SECRET


def avif(**ways: object) -> bytes:
    """A picture in ISO's container with EXIF, XMP and a profile, written by another library."""
    out = io.BytesIO()
    photograph().save(out, "AVIF", quality=100, **{"exif": exif(), "xmp": XMP, **ways})
    return out.getvalue()


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of ISO's container."""
    body = b"".join(content)
    return (8 + len(body)).to_bytes(4) + kind + body


def full(kind: bytes, *content: bytes, version: int = 0) -> bytes:
    """A box with a version."""
    return box(kind, bytes([version, 0, 0, 0]), *content)


def numbers(*values: int) -> bytes:
    """Numbers of four bytes."""
    return b"".join(value.to_bytes(4) for value in values)


def handler(kind: bytes) -> bytes:
    """Says what a track is, and which program wrote it."""
    return full(b"hdlr", b"mhlr", kind, b"appl" + bytes(8), SECRET + b"\0")


def track(number: int, kind: bytes, samples: Sequence[bytes], places: Sequence[int], *, wide: bool = False) -> bytes:
    """A track whose samples lie one by one at places of the file."""
    if kind == b"vide":
        inner = bytes(4) + b"appl" + bytes(8) + bytes(4) + bytes(14) + SECRET.ljust(32, b"\0") + bytes(4)
        entry = box(b"avc1", bytes(8), inner, box(b"avcC", b"\x01needed"), box(b"udta", SECRET))
    else:
        entry = box(b"mebx", bytes(8), box(b"keys", PLACE))
    offsets = b"".join(place.to_bytes(8 if wide else 4) for place in places)
    table = box(
        b"stbl",
        full(b"stsd", numbers(1), entry),
        full(b"stts", numbers(1, len(samples), 1)),
        full(b"stsc", numbers(1, 1, 1, 1)),
        full(b"stsz", numbers(0, len(samples), *(len(sample) for sample in samples))),
        full(b"co64" if wide else b"stco", numbers(len(places)), offsets),
    )
    times = MADE_AT * 2
    return box(
        b"trak",
        full(b"tkhd", times, numbers(number), bytes(68)),
        box(b"tref", box(b"cdsc", numbers(2 if number == 1 else 1))),
        box(
            b"mdia",
            full(b"mdhd", MADE_AT.rjust(8, b"\0") * 2, numbers(600), bytes(12), version=1),
            handler(kind),
            box(b"minf", box(b"dinf", full(b"dref", numbers(1), full(b"alis", SECRET))), table),
        ),
        box(b"udta", box(b"name", SECRET)),
        full(b"meta", box(b"xml ", PLACE)),
    )


def film(*, description_first: bool = True, brand: bytes = b"qt  ", wide: bool = False) -> bytes:
    """A film of a telephone: a track of pictures, one of places; its description before or behind the media."""
    shown, said = [SEEN, SEEN[::-1]], [PLACE, SECRET]
    first = box(b"ftyp", brand, bytes(4), brand)

    def moov(start: int) -> bytes:
        places, at = [], start
        for sample in (said[0], shown[0], said[1], shown[1]):
            places.append(at)
            at += len(sample)
        return box(
            b"moov",
            full(b"mvhd", MADE_AT * 2, numbers(600, 1200), bytes(80)),
            track(1, b"vide", shown, places[1::2], wide=wide),
            track(2, b"meta", said, places[0::2], wide=wide),
            box(b"udta", box(b"\xa9xyz", PLACE), box(b"\xa9mak", SECRET)),
            full(b"meta", box(b"keys", b"com.apple.quicktime.location.ISO6709" + PLACE)),
        )

    mdat = box(b"mdat", said[0], shown[0], said[1], shown[1])
    extra = box(b"uuid", bytes(16), XMP) + box(b"free", SECRET)
    if description_first:
        return first + moov(len(first) + len(moov(0)) + len(extra) + 8) + extra + mdat
    return first + extra + mdat + moov(len(first) + len(extra) + 8) + b"SEFH trailer of a camera" + SECRET


def heic(*, in_box: bool = False) -> bytes:
    """A photograph of a telephone in ISO's container, its EXIF in the media or in the description."""
    said = bytes(4) + b"Exif\0\0MM" + SECRET + PLACE
    first = box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(start: int) -> bytes:
        entries = [
            full(b"infe", (1).to_bytes(2), bytes(2), b"hvc1", SECRET + b"\0", version=2),
            full(b"infe", (2).to_bytes(2), bytes(2), b"Exif", b"\0", version=2),
            full(b"infe", (3).to_bytes(2), bytes(2), b"mime", b"\0application/rdf+xml\0", version=2),
        ]
        places = [(1, 0, start, len(SEEN)), (2, 0, start + len(SEEN), len(said))]
        places.append((3, 1, 0, len(XMP)) if in_box else (3, 0, start + len(SEEN) + len(said), len(XMP)))
        located = b"".join(
            item.to_bytes(2) + method.to_bytes(2) + bytes(2) + (1).to_bytes(2) + numbers(at, length)
            for item, method, at, length in places
        )
        return full(
            b"meta",
            handler(b"pict"),
            full(b"pitm", (1).to_bytes(2)),
            full(b"iinf", (3).to_bytes(2), *entries),
            full(b"iloc", b"\x44\0", (3).to_bytes(2), located, version=1),
            box(b"iprp", box(b"ipco", full(b"ispe", numbers(40, 20)), box(b"colr", b"prof", SECRET))),
            box(b"idat", XMP) if in_box else b"",
            box(b"uuid", bytes(16), SECRET),
        )

    return first + meta(len(first) + len(meta(0)) + 8) + box(b"mdat", SEEN, said, b"" if in_box else XMP)


def id3(content: bytes) -> bytes:
    """A tag in front of an MP3."""
    frame = b"TPE1" + (len(content) + 1).to_bytes(4) + b"\0\0\0" + content
    return b"ID3\x03\0\0" + bytes([0, 0, len(frame) >> 7, len(frame) & 127]) + frame


def mp3_frame(fill: int) -> bytes:
    """A frame of 128 kbit/s at 44.1 kHz."""
    return b"\xff\xfb\x90\x00" + bytes([fill]) * 413


def mp3() -> bytes:
    """Sound between the tags of four kinds of programs, with one more in its middle."""
    sound = b"".join(mp3_frame(number) for number in range(1, 9))
    ape = b"APETAGEX" + bytes(24) + SECRET + b"APETAGEX" + bytes(24)
    return id3(SECRET) + sound[: 417 * 4] + id3(PLACE) + sound[417 * 4 :] + ape + (b"TAG" + SECRET).ljust(128, b"\0")


def aac() -> bytes:
    """Frames of ADTS with a tag behind them."""
    frame = b"\xff\xf1\x50\x80" + bytes([(7 + 33) >> 3, ((7 + 33) & 7) << 5 | 0x1F, 0xFC]) + bytes(33)
    return frame * 12 + (b"TAG" + SECRET).ljust(128, b"\0")


def chunk(kind: bytes, *content: bytes) -> bytes:
    """A chunk of RIFF."""
    body = b"".join(content)
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


def wav() -> bytes:
    """A recording with the notes of a recorder, before and behind the sound."""
    sound = chunk(b"data", SEEN)
    said = chunk(b"LIST", b"INFO", chunk(b"IART", SECRET)) + chunk(b"iXML", PLACE) + chunk(b"id3 ", id3(SECRET))
    shape = chunk(b"fmt ", b"\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0")
    return chunk(b"RIFF", b"WAVE", chunk(b"bext", SECRET), shape, sound, said) + SECRET


def avi() -> bytes:
    """A film of an old camera."""
    strl = chunk(b"LIST", b"strl", chunk(b"strh", bytes(56)), chunk(b"strf", bytes(40)), chunk(b"strn", SECRET))
    hdrl = chunk(b"LIST", b"hdrl", chunk(b"avih", bytes(56)), strl, chunk(b"IDIT", SECRET))
    info = chunk(b"LIST", b"INFO", chunk(b"ISFT", SECRET))
    movi = chunk(b"LIST", b"movi", chunk(b"00dc", SEEN))
    return chunk(b"RIFF", b"AVI ", hdrl, info, chunk(b"JUNK", PLACE), movi, chunk(b"idx1", bytes(16)))


def flac() -> bytes:
    """Sound without loss with words and a picture."""

    def block(kind: int, content: bytes) -> bytes:
        return bytes([kind]) + len(content).to_bytes(3) + content

    said = block(4, SECRET) + block(6, SECRET) + block(0x80 | 2, PLACE)
    return b"fLaC" + block(0, bytes(34)) + said + b"\xff\xf8" + SEEN * 9 + (b"TAG" + SECRET).ljust(128, b"\0")


def ogg_checksum(page: bytes) -> int:
    """Ogg's checksum, bit by bit."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


def ogg_page(number: int, lengths: Sequence[int], body: bytes, *, first: bool = False) -> bytes:
    """A page with its checksum."""
    head = b"OggS\0" + bytes([2 if first else 0]) + bytes(8) + b"SERI" + number.to_bytes(4, "little")
    page = bytearray(head + bytes(4) + bytes([len(lengths), *lengths]) + body)
    page[22:26] = ogg_checksum(page).to_bytes(4, "little")
    return bytes(page)


def ogg() -> bytes:
    """Opus whose comments with a picture go over two pages."""
    comments = [b"ARTIST=" + SECRET, b"METADATA_BLOCK_PICTURE=" + PLACE * 20]
    listed = b"".join(len(each).to_bytes(4, "little") + each for each in comments)
    packet = b"OpusTags" + (4).to_bytes(4, "little") + b"prog" + (2).to_bytes(4, "little") + listed
    pages = [
        ogg_page(0, [19], b"OpusHead" + bytes(11), first=True),
        ogg_page(1, [255], packet[:255]),
        ogg_page(2, [len(packet) - 255], packet[255:]),
        ogg_page(3, [len(SEEN)], SEEN),
    ]
    return b"".join(pages) + SECRET


def element(kind: int, *content: bytes, unknown: bool = False) -> bytes:
    """An element of Matroska, of a length that is told or, as in what is sent on at once, not."""
    body = b"".join(content)
    size = b"\x01" + b"\xff" * 7 if unknown else (len(body) | 1 << 28).to_bytes(4)
    return kind.to_bytes((kind.bit_length() + 7) // 8) + size + body


def webm(*, track_kind: int = 1) -> bytes:
    """A film as a browser records it."""
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x7BA9, SECRET), element(0x5741, SECRET))
    shape = element(0xAE, element(0xD7, b"\1"), element(0x83, bytes([track_kind])), element(0x536E, SECRET))
    cluster = element(0x1F43B675, element(0xE7, b"\0"), element(0xA3, b"\x81\0\0\x80" + SEEN), unknown=True)
    tags = element(0x1254C367, element(0x7373, SECRET, PLACE * 20))
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    return head + element(0x18538067, info, element(0x1654AE6B, shape), cluster, tags, unknown=True)


def picture_bomb() -> bytes:
    """A PNG of 40,000 x 40,000 pixels in a few kilobytes."""

    def part(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    header = (40_000).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    pixels = zlib.compress(bytes(10 * 2**20), 1)
    words = part(b"tEXt", b"Author\0" + SECRET)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + words + part(b"IDAT", pixels) + part(b"IEND", b"")

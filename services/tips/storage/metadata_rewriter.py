"""Takes out of a file what it says about its maker: a program of its own, under limits, from stdin to stdout.

It imports nothing of the service and is run isolated, so that a file that breaks a decoder finds neither keys nor
network code nor a disk to write to. Exit codes are named below.
"""

import io
import re
import resource
import sys
import zipfile
from collections.abc import Callable

import pikepdf
from PIL import Image, ImageOps, ImageSequence

TOO_LARGE = 3
BROKEN = 4

MOST_PIXELS = 120_000_000
"""Pixels of all frames together; three bytes each are 360 MB of memory at most."""
MOST_ENTRIES = 10_000
MOST_UNPACKED_BYTES = 512 * 2**20
MEMORY_BYTES = 2 * 2**30
CPU_SECONDS = 60

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class TooLargeError(Exception):
    """The file unpacks to more than the limits."""


def picture(content: bytes) -> bytes:
    """Write a JPEG, PNG, WebP or GIF anew: upright, its pixels and nothing else."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        moving = getattr(image, "n_frames", 1) if kind in {"GIF", "WEBP"} else 1
        if image.width * image.height * moving > MOST_PIXELS:
            raise TooLargeError
        out = io.BytesIO()
        if moving > 1:
            _write_moving(image, kind, out)
        else:
            _write_still(image, kind, out)
        return out.getvalue()


def _write_still(image: Image.Image, kind: str, out: io.BytesIO) -> None:
    turned = image.getexif().get(0x0112, 1) != 1
    upright = ImageOps.exif_transpose(image) if turned else image.copy()
    transparency = image.info.get("transparency")
    upright.info = {} if transparency is None else {"transparency": transparency}
    if kind == "JPEG":
        if turned or image.format == "MPO":
            upright.save(out, "JPEG", quality=95)
        else:
            image.info.clear()
            image.save(out, "JPEG", quality="keep", exif=b"", comment=b"", icc_profile=None)
    elif kind == "WEBP":
        upright.save(out, "WEBP", lossless=True, exif=b"", xmp=b"", icc_profile=None)
    else:
        upright.save(out, kind)


def _write_moving(image: Image.Image, kind: str, out: io.BytesIO) -> None:
    durations = [frame.info.get("duration", 100) for frame in ImageSequence.Iterator(image)]
    frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]
    for frame in frames:
        frame.info = {}
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def pdf(content: bytes) -> bytes:
    """Write a PDF anew without its document information, XMP, thumbnails, private data, names of commentators."""
    with pikepdf.open(io.BytesIO(content)) as document:
        if "/Info" in document.trailer:
            del document.trailer["/Info"]
        for thing in document.objects:
            if isinstance(thing, pikepdf.Stream):
                _clean_stream(thing)
            if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
                _clean_dictionary(thing)
        out = io.BytesIO()
        # What nothing refers to, such as earlier versions of the document, is not written.
        document.save(out, static_id=True, fix_metadata_version=False)
        return out.getvalue()


def _clean_dictionary(thing: pikepdf.Object) -> None:
    for name in ("/Metadata", "/PieceInfo", "/Thumb", "/LastModified"):
        if name in thing:
            del thing[name]
    if thing.get("/Subtype") not in {None, "/Widget"} and ("/Rect" in thing or "/Contents" in thing):
        for name in ("/T", "/M", "/CreationDate"):
            if name in thing:
                del thing[name]


def _clean_stream(thing: pikepdf.Stream) -> None:
    coding = thing.get("/Filter")
    if isinstance(coding, pikepdf.Array) and len(coding) == 1:
        coding = coding[0]
    if coding == pikepdf.Name.DCTDecode:
        parameters = {"/DecodeParms": thing["/DecodeParms"]} if "/DecodeParms" in thing else {}
        thing.write(bare_jpeg(thing.read_raw_bytes()), filter=pikepdf.Name.DCTDecode)
        thing.update(parameters)


def bare_jpeg(content: bytes) -> bytes:
    """Leave out of a JPEG what cameras and programs say (EXIF, XMP, IPTC, comments); its picture stays bit for bit."""
    out, at = bytearray(content[:2]), 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] not in {b"\xda", b""}:
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        marker = content[at + 1]
        # APP0 says the density, APP14 how colours are coded; all other application data and comments go.
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:  # noqa: PLR2004 - JPEG's own codes
            out += content[at:end]
        at = end
    return bytes(out + content[at:])


_AUTHORS = (
    (re.compile(rb'((?:w|w15|w16\w*|p|p15|p188):(?:author|initials|userId|providerId)=")[^"]*"'), rb'\1"'),
    (re.compile(rb'(<(?:\w+:)?(?:cmAuthor|person|author)\b[^>]*?\b(?:name|displayName|initials)=")[^"]*"'), rb'\1"'),
    (re.compile(rb'(<(?:\w+:)?(?:person|author|presenceInfo)\b[^>]*?\b(?:userId|id|providerId)=")[^"{]*"'), rb'\1"'),
    (re.compile(rb"(<author>)[^<]*(</author>)"), rb"\1\2"),
    (re.compile(rb"<x15ac:absPath\b[^>]*/>"), b""),
    (re.compile(rb"(<(?:dc:creator|meta:creator-initials|dc:date)>)[^<]*(</)"), rb"\1\2"),
)
"""Names in comments and tracked changes, and the folder a workbook was saved in."""

_REFERENCES = (
    re.compile(rb'<Relationship\b[^>]*\bTarget="/?docProps/[^"]*"[^>]*/>'),
    re.compile(rb'<Override\b[^>]*\bPartName="/docProps/[^"]*"[^>]*/>'),
    re.compile(rb'<manifest:file-entry\b[^>]*\bmanifest:full-path="(?:meta\.xml|Thumbnails/[^"]*)"[^>]*/>'),
)


def office(content: bytes) -> bytes:
    """Write an OOXML or OpenDocument file anew without properties, thumbnail, names, and what its pictures say."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        entries = source.infolist()
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
            raise TooLargeError
        for entry in entries:
            if entry.filename.startswith(("docProps/", "Thumbnails/")) or entry.filename == "meta.xml":
                continue
            with source.open(entry) as stream:
                # Read no more than was declared: the declaration is what was bounded.
                part = stream.read(entry.file_size + 1)
            if len(part) > entry.file_size:
                raise TooLargeError
            written = zipfile.ZipInfo(entry.filename, _ZIP_EPOCH)
            written.compress_type = entry.compress_type
            target.writestr(written, _clean_part(entry.filename, part))
    return out.getvalue()


def _clean_part(name: str, part: bytes) -> bytes:
    lower = name.lower()
    if lower.endswith((".xml", ".rels")):
        for pattern in _REFERENCES:
            part = pattern.sub(b"", part)
        for pattern, instead in _AUTHORS:
            part = pattern.sub(instead, part)
    elif lower.endswith((".jpg", ".jpeg")):
        part = bare_jpeg(part)
    elif lower.endswith((".png", ".webp", ".gif")):
        part = picture(part)
    return part


REWRITERS: dict[str, Callable[[bytes], bytes]] = {"picture": picture, "pdf": pdf, "office": office}


def limit() -> None:
    """Bound memory and time, and forbid files of more than no bytes and core dumps."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def main(kind: str) -> int:
    """Rewrite stdin to stdout and return the exit code."""
    limit()
    try:
        result = REWRITERS[kind](sys.stdin.buffer.read())
    except (TooLargeError, MemoryError, Image.DecompressionBombError):
        return TOO_LARGE
    except Exception:  # noqa: BLE001 - whatever a decoder raises on a stranger's file
        return BROKEN
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

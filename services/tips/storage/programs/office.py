"""Takes out of an office document what it says about its maker: a program of its own, of the standard library alone."""

import io
import re
import sys
import zipfile

from services.tips.storage.cleaning.cleaners import MEDIA, cleaned_bytes
from services.tips.storage.cleaning.reading import DamagedError, TooLargeError, UnsupportedError
from services.tips.storage.programs.bounds import run

MOST_ENTRIES = 10_000
MOST_UNPACKED_BYTES = 512 * 2**20

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

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


def office(content: bytes) -> tuple[bytes, bool]:
    """Write an OOXML or OpenDocument file anew without properties, thumbnail, names, and what its pictures say.

    False where a picture, a film or sound in it is damaged and stays as it is.
    """
    out, complete = io.BytesIO(), True
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
            try:
                part = _clean_part(entry.filename, part)
            except (DamagedError, TooLargeError, UnsupportedError):
                complete = False
            written = zipfile.ZipInfo(entry.filename, _ZIP_EPOCH)
            written.compress_type = entry.compress_type
            target.writestr(written, part)
    return out.getvalue(), complete


def _clean_part(name: str, part: bytes) -> bytes:
    ending = name.lower().rpartition(".")[2]
    if ending in {"xml", "rels"}:
        for pattern in _REFERENCES:
            part = pattern.sub(b"", part)
        for pattern, instead in _AUTHORS:
            part = pattern.sub(instead, part)
    elif ending in MEDIA:
        part = cleaned_bytes(MEDIA[ending], part)
    return part


if __name__ == "__main__":
    sys.exit(run(office))

"""Tells the type of a file from its first bytes; its name and what the sender says about it count for nothing."""

from dataclasses import dataclass
from enum import StrEnum

HEAD_BYTES = 4096
"""Bytes from the start of a file that the type is told from."""


class Family(StrEnum):
    """Kinds of files that an installation may allow or not."""

    IMAGE = "image"
    PDF = "pdf"
    OFFICE = "office"
    AUDIO = "audio"
    VIDEO = "video"
    TEXT = "text"
    ARCHIVE = "archive"


class Rewriter(StrEnum):
    """How a file's metadata is taken out."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    RIFF = "riff"
    """WebP, WAV and AVI."""
    FILM = "film"
    """ISO's container: MP4, MOV, M4A, 3GP."""
    HEIF = "heif"
    """HEIC and AVIF."""
    MPEG_AUDIO = "mpeg_audio"
    AAC = "aac"
    AMR = "amr"
    FLAC = "flac"
    OGG = "ogg"
    MATROSKA = "matroska"
    TIFF = "tiff"
    PDF = "pdf"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of file; ``rewriter`` is None where we cannot take metadata out of it."""

    media_type: str
    extension: str
    family: Family
    rewriter: Rewriter | None = None


_OFFICE_XML = "application/vnd.openxmlformats-officedocument."
TEXT = FileType("text/plain", "txt", Family.TEXT)
_ZIP = FileType("application/zip", "zip", Family.ARCHIVE)

_SIGNATURES: tuple[tuple[int, bytes, FileType], ...] = (
    (0, b"\xff\xd8\xff", FileType("image/jpeg", "jpg", Family.IMAGE, Rewriter.JPEG)),
    (0, b"\x89PNG\r\n\x1a\n", FileType("image/png", "png", Family.IMAGE, Rewriter.PNG)),
    (0, b"GIF87a", FileType("image/gif", "gif", Family.IMAGE, Rewriter.GIF)),
    (0, b"GIF89a", FileType("image/gif", "gif", Family.IMAGE, Rewriter.GIF)),
    (8, b"WEBPVP8", FileType("image/webp", "webp", Family.IMAGE, Rewriter.RIFF)),
    (0, b"II*\x00", FileType("image/tiff", "tif", Family.IMAGE, Rewriter.TIFF)),
    (0, b"MM\x00*", FileType("image/tiff", "tif", Family.IMAGE, Rewriter.TIFF)),
    (0, b"BM", FileType("image/bmp", "bmp", Family.IMAGE)),
    (0, b"%PDF-", FileType("application/pdf", "pdf", Family.PDF, Rewriter.PDF)),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileType("application/x-ole-storage", "doc", Family.OFFICE)),
    (0, b"{\\rtf", FileType("application/rtf", "rtf", Family.OFFICE)),
    (8, b"WAVE", FileType("audio/wav", "wav", Family.AUDIO, Rewriter.RIFF)),
    (0, b"ID3", FileType("audio/mpeg", "mp3", Family.AUDIO, Rewriter.MPEG_AUDIO)),
    (0, b"\xff\xfb", FileType("audio/mpeg", "mp3", Family.AUDIO, Rewriter.MPEG_AUDIO)),
    (0, b"\xff\xf3", FileType("audio/mpeg", "mp3", Family.AUDIO, Rewriter.MPEG_AUDIO)),
    (0, b"\xff\xf1", FileType("audio/aac", "aac", Family.AUDIO, Rewriter.AAC)),
    (0, b"OggS", FileType("audio/ogg", "ogg", Family.AUDIO, Rewriter.OGG)),
    (0, b"fLaC", FileType("audio/flac", "flac", Family.AUDIO, Rewriter.FLAC)),
    (0, b"#!AMR", FileType("audio/amr", "amr", Family.AUDIO, Rewriter.AMR)),
    (8, b"AVI LIST", FileType("video/x-msvideo", "avi", Family.VIDEO, Rewriter.RIFF)),
    (0, b"\x1aE\xdf\xa3", FileType("video/webm", "webm", Family.VIDEO, Rewriter.MATROSKA)),
    (0, b"7z\xbc\xaf\x27\x1c", FileType("application/x-7z-compressed", "7z", Family.ARCHIVE)),
    (0, b"Rar!\x1a\x07", FileType("application/vnd.rar", "rar", Family.ARCHIVE)),
)

_BRANDS: tuple[tuple[tuple[bytes, ...], FileType], ...] = (
    ((b"heic", b"heix", b"mif1", b"msf1", b"hevc"), FileType("image/heic", "heic", Family.IMAGE, Rewriter.HEIF)),
    ((b"avif", b"avis"), FileType("image/avif", "avif", Family.IMAGE, Rewriter.HEIF)),
    ((b"M4A ", b"M4B "), FileType("audio/mp4", "m4a", Family.AUDIO, Rewriter.FILM)),
    ((b"3gp", b"3g2"), FileType("video/3gpp", "3gp", Family.VIDEO, Rewriter.FILM)),
    ((b"qt  ",), FileType("video/quicktime", "mov", Family.VIDEO, Rewriter.FILM)),
    ((b"",), FileType("video/mp4", "mp4", Family.VIDEO, Rewriter.FILM)),
)
"""What the ISO container of pictures, sound and films says at byte 8; the last holds for all others."""

_OFFICE_FOLDERS: tuple[tuple[bytes, str, str], ...] = (
    (b"word/", f"{_OFFICE_XML}wordprocessingml.document", "docx"),
    (b"xl/", f"{_OFFICE_XML}spreadsheetml.sheet", "xlsx"),
    (b"ppt/", f"{_OFFICE_XML}presentationml.presentation", "pptx"),
)


def file_type(head: bytes) -> FileType | None:
    """Return the type of a file from its first `HEAD_BYTES`; None for what we do not know, programs among it."""
    if head.startswith(b"PK\x03\x04"):
        return _container(head)
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return next(kind for brands, kind in _BRANDS if brand.startswith(brands))
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    return TEXT if _is_text(head) else None


def _container(head: bytes) -> FileType:
    """Tell office documents from other ZIP files by what their first entries are called."""
    if b"mimetypeapplication/vnd.oasis.opendocument." in head:
        return FileType("application/vnd.oasis.opendocument", "odt", Family.OFFICE, Rewriter.OFFICE)
    if b"[Content_Types].xml" in head or b"_rels/.rels" in head or b"docProps/" in head:
        for folder, media_type, extension in _OFFICE_FOLDERS:
            if folder in head:
                return FileType(media_type, extension, Family.OFFICE, Rewriter.OFFICE)
        return FileType(f"{_OFFICE_XML}package", "ooxml", Family.OFFICE, Rewriter.OFFICE)
    return _ZIP


def _is_text(head: bytes) -> bool:
    """Whether this is UTF-8 or GB 18030 without control characters; a character may be cut off at the end."""
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):  # noqa: PLR2004 - below 32 stand the controls
        return False
    for cut in range(4):
        for encoding in ("utf-8", "gb18030"):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False

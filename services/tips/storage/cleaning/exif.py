"""The one thing of EXIF that a picture needs: which side is up."""

from typing import Literal

UPRIGHT = 1
_ORIENTATION = 0x0112
_ENTRY_BYTES = 12
_HEADER_BYTES = 8


def orientation(tiff: bytes) -> int:
    """Return the orientation (1-8) in EXIF's TIFF structure; 1 where there is none that can be read."""
    order: Literal["little", "big"]
    if tiff[:4] == b"II*\0":
        order = "little"
    elif tiff[:4] == b"MM\0*":
        order = "big"
    else:
        return UPRIGHT
    at = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[at : at + 2], order)
    for number in range(count):
        entry = tiff[at + 2 + number * _ENTRY_BYTES :][:_ENTRY_BYTES]
        if len(entry) < _ENTRY_BYTES:
            break
        if int.from_bytes(entry[:2], order) == _ORIENTATION:
            value = int.from_bytes(entry[8:10], order)
            return value if 1 <= value <= 8 else UPRIGHT  # noqa: PLR2004 - EXIF's codes
    return UPRIGHT


def only_orientation(value: int) -> bytes:
    """Return a TIFF structure that says nothing but the orientation."""
    entry = _ORIENTATION.to_bytes(2) + b"\0\3" + b"\0\0\0\1" + value.to_bytes(2) + b"\0\0"
    return b"MM\0*" + _HEADER_BYTES.to_bytes(4) + b"\0\1" + entry + bytes(4)

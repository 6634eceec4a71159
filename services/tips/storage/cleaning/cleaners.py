"""Which format is cleaned how, from bytes in memory or from a file that is read twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from services.tips.storage.cleaning import film, flac, frames, gif, heif, jpeg, matroska, ogg, png, riff
from services.tips.storage.cleaning.edits import Plan, edited
from services.tips.storage.cleaning.reading import DamagedError, Reader

CLEANERS: Mapping[str, Callable[[Reader], Plan]] = {
    "jpeg": jpeg.plan,
    "png": png.plan,
    "gif": gif.plan,
    "riff": riff.plan,
    "film": film.plan,
    "heif": heif.plan,
    "mpeg_audio": frames.plan_mpeg_audio,
    "aac": frames.plan_aac,
    "amr": frames.plan_amr,
    "flac": flac.plan,
    "ogg": ogg.plan,
    "matroska": matroska.plan,
}

MEDIA = {
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "png": "png",
    "gif": "gif",
    "webp": "riff",
    "wav": "riff",
    "avi": "riff",
    "mp4": "film",
    "m4a": "film",
    "m4v": "film",
    "mov": "film",
    "mp3": "mpeg_audio",
}
"""How what documents contain is cleaned, by how its name ends."""


def cleaned(kind: str, read: Callable[[], Iterable[bytes]], size: int) -> tuple[Iterator[bytes], bool]:
    """Return the cleaned file and whether all was cleaned; ``read`` opens it anew, as it is read twice.

    Raises DamagedError, TooLargeError and UnsupportedError.
    """
    try:
        plan = CLEANERS[kind](Reader(read(), size))
    except (ArithmeticError, LookupError, RecursionError, ValueError) as error:
        # A number in the file that leads nowhere.
        raise DamagedError from error
    return edited(read(), plan.edits), plan.complete


def cleaned_bytes(kind: str, content: bytes) -> bytes:
    """Return a file in memory without what it says about its maker; raises as `cleaned` does."""
    pieces, _ = cleaned(kind, lambda: (content,), len(content))
    return b"".join(pieces)

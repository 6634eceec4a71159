"""Takes out of a TIFF what it says about its maker: a program of its own that writes its pixels anew."""

import io
import sys

from PIL import Image, ImageOps, TiffImagePlugin

from services.tips.storage.cleaning.reading import TooLargeError, UnsupportedError
from services.tips.storage.programs.bounds import run

MOST_PIXELS = 120_000_000
"""Pixels of all pages together; four bytes each are 480 MB of memory at most."""
_REDUCED, _BITS, _FURTHER_PICTURES, _RAW = 254, 258, 330, 50706
_DEPTH = 8


def tiff(content: bytes) -> tuple[bytes, bool]:
    """Write a TIFF anew: its pages upright, their pixels and nothing else.

    Raises UnsupportedError for a camera's raw picture, of which we would keep the preview, and for finer shades than
    we can write.
    """
    Image.MAX_IMAGE_PIXELS = None
    pages: list[Image.Image] = []
    pixels = 0
    with Image.open(io.BytesIO(content), formats=("TIFF",)) as image:
        if not isinstance(image, TiffImagePlugin.TiffImageFile) or content[8:10] == b"CR":
            raise UnsupportedError
        for number in range(image.n_frames):
            image.seek(number)
            pixels += image.width * image.height
            if pixels > MOST_PIXELS:
                raise TooLargeError
            pages.append(_page(image))
    out = io.BytesIO()
    ways = {page.mode for page in pages}
    compression = "group4" if ways == {"1"} else "tiff_adobe_deflate"
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression=compression)
    return out.getvalue(), True


def _page(image: TiffImagePlugin.TiffImageFile) -> Image.Image:
    tags = image.tag_v2
    depths = tags.get(_BITS, (1,))
    fine = len(depths) > 1 and max(depths) > _DEPTH
    if fine or _RAW in tags or _FURTHER_PICTURES in tags or int(tags.get(_REDUCED, 0)) & 1:
        raise UnsupportedError
    page = ImageOps.exif_transpose(image.copy())
    page.info = {}
    return page


if __name__ == "__main__":
    sys.exit(run(tiff))

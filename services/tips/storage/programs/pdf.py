"""Takes out of a PDF what it says about its maker: a program of its own."""

import io
import sys

import pikepdf

from services.tips.storage.cleaning.cleaners import cleaned_bytes
from services.tips.storage.cleaning.reading import DamagedError, TooLargeError
from services.tips.storage.programs.bounds import run


def pdf(content: bytes) -> tuple[bytes, bool]:
    """Write a PDF anew without its document information, XMP, thumbnails, private data, names of commentators.

    False where a photograph in it is damaged and stays as it is.
    """
    complete = True
    with pikepdf.open(io.BytesIO(content)) as document:
        if "/Info" in document.trailer:
            del document.trailer["/Info"]
        for thing in document.objects:
            if isinstance(thing, pikepdf.Stream):
                complete &= _clean_stream(thing)
            if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
                _clean_dictionary(thing)
        out = io.BytesIO()
        # What nothing refers to, such as earlier versions of the document, is not written.
        document.save(out, static_id=True, fix_metadata_version=False)
        return out.getvalue(), complete


def _clean_dictionary(thing: pikepdf.Object) -> None:
    for name in ("/Metadata", "/PieceInfo", "/Thumb", "/LastModified"):
        if name in thing:
            del thing[name]
    if thing.get("/Subtype") not in {None, "/Widget"} and ("/Rect" in thing or "/Contents" in thing):
        for name in ("/T", "/M", "/CreationDate"):
            if name in thing:
                del thing[name]


def _clean_stream(thing: pikepdf.Stream) -> bool:
    coding = thing.get("/Filter")
    if isinstance(coding, pikepdf.Array) and len(coding) == 1:
        coding = coding[0]
    if coding != pikepdf.Name.DCTDecode:
        return True
    try:
        photograph = cleaned_bytes("jpeg", thing.read_raw_bytes())
    except (DamagedError, TooLargeError):
        return False
    parameters = {"/DecodeParms": thing["/DecodeParms"]} if "/DecodeParms" in thing else {}
    thing.write(photograph, filter=pikepdf.Name.DCTDecode)
    thing.update(parameters)
    return True


if __name__ == "__main__":
    sys.exit(run(pdf))

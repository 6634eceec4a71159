"""Published files as sheets of rows: XLSX streamed row by row, CSV in UTF-8 or GB 18030."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import openpyxl

from services.screening.domain.publication import Row, Sheet

MOST_UNPACKED_BYTES = 1024 * 1024 * 1024
"""What an XLSX file may unpack to; a million codes are about 150 MB."""

MOST_RATIO = 500
"""How many times its size an XLSX file may unpack to."""


class UnreadableFileError(ValueError):
    """A file that is neither XLSX nor CSV, or too large when unpacked."""


@contextmanager
def open_sheets(content: bytes) -> Iterator[Sequence[Sheet]]:
    """Open a file; its sheets can be read until the end of the block. Raises ``UnreadableFileError``."""
    if not content.startswith(b"PK"):
        yield [Sheet("", lambda: _csv_rows(content))]
        return
    if _unpacked_bytes(content) > min(MOST_UNPACKED_BYTES, MOST_RATIO * len(content)):
        raise UnreadableFileError("unpacks to too much")
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:
        raise UnreadableFileError(type(error).__name__) from error
    try:
        yield [_sheet(worksheet) for worksheet in workbook.worksheets]
    finally:
        workbook.close()


def _unpacked_bytes(content: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFileError("broken") from error


def _sheet(worksheet: Any) -> Sheet:
    # The size a file states of its sheets is wrong often enough: read to the end.
    worksheet.reset_dimensions()

    def rows() -> Iterator[Row]:
        yield from worksheet.iter_rows(values_only=True)

    return Sheet(worksheet.title, rows)


def _csv_rows(content: bytes) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise UnreadableFileError("neither UTF-8 nor GB 18030") from error
    yield from csv.reader(io.StringIO(text))

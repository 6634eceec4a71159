"""XLSX workbooks, read as a stream: values only, no formula computed, no link followed, no bomb unpacked."""

import itertools
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from services.intake.domain.imports.layout import MOST_COLUMNS, Refused
from services.intake.storage.files.table import Cells, as_text

MOST_PARTS = 5_000
MOST_SHARED_BYTES = 256 * 1024 * 1024
"""Unpacked size of the table of shared texts, the one part that is held in memory."""
_SHARED = "xl/sharedstrings.xml"
_START = 2_048

# Styles and extensions that the library does not know concern nobody who reads values.
warnings.filterwarnings("ignore", module=r"openpyxl\..*")


class XlsxTable:
    """A workbook."""

    def __init__(self, file: IO[bytes], *, most_unpacked: int) -> None:
        _guard(file, most_unpacked)
        file.seek(0)
        try:
            self._book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError) as error:
            raise _malformed() from error
        self.numbers: Counter[tuple[int, int]] = Counter()
        """Cells that were numbers and not text, by sheet and column: of a code, a leading zero may be lost."""
        self._sheets: list[Any] = [
            sheet for sheet in self._book.worksheets if getattr(sheet, "sheet_state", "visible") == "visible"
        ]

    @property
    def sheets(self) -> Sequence[str | None]:
        """Names of the visible sheets."""
        return [sheet.title for sheet in self._sheets]

    def top(self, sheet: int, rows: int) -> list[Cells]:
        """Return the first rows of a sheet, without what a merged cell covers."""
        return [[as_text(value) for value in record] for record in itertools.islice(self._records(sheet), rows)]

    def rows(self, sheet: int, header_row: int, positions: Sequence[int]) -> Iterator[tuple[int, Cells]]:
        """Yield rows."""
        for number, record in enumerate(self._records(sheet), 1):
            if number <= header_row + 1:
                continue
            width = len(record)
            cells: list[str | None] = []
            for position in positions:
                value = record[position] if position < width else None
                if isinstance(value, int | float):
                    self.numbers[sheet, position] += 1
                cells.append(as_text(value))
            if any(cells):
                yield number, cells

    def _records(self, sheet: int) -> Iterator[tuple[object, ...]]:
        worksheet = self._sheets[sheet]
        # What a file says of its own size is often wrong.
        worksheet.reset_dimensions()
        try:
            yield from worksheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
        except (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, IndexError) as error:
            raise _malformed() from error

    def close(self) -> None:
        """Close the workbook; the file is its owner's."""
        self._book.close()


def _guard(file: IO[bytes], most_unpacked: int) -> None:
    """Look at the archive before anything of it is unpacked; raises Refused."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            # No more than the declared size is ever unpacked of a part, so declared sizes bound everything.
            shared = sum(part.file_size for part in parts if part.filename.lower() == _SHARED)
            if (
                len(parts) > MOST_PARTS
                or sum(part.file_size for part in parts) > most_unpacked
                or shared > MOST_SHARED_BYTES
            ):
                raise Refused(
                    "xlsx_too_large",
                    "工作簿解压后过大；请拆分文件，或改用 CSV、Parquet。",
                    "The workbook is too large when unpacked; split it, or use CSV or Parquet.",
                )
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(part) as opened:
                        start = opened.read(_START)
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                        raise _malformed()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _malformed() from error


def _malformed() -> Refused:
    return Refused("xlsx_malformed", "不是可读取的 XLSX 工作簿。", "This is no readable XLSX workbook.")

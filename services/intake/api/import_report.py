"""The reasons why rows were not taken, as a file that people open: CSV with a byte order mark, or XLSX."""

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Sequence

from openpyxl import Workbook

from services.intake.domain.problem import TEXTS
from services.intake.storage.import_contents import RowError

HEADERS = (
    "文件 file",
    "工作表 sheet",
    "行 row",
    "列 column",
    "代码 code",
    "原因",
    "reason",
    "值 value",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9.]+")
_WIDTHS = (8, 14, 8, 22, 22, 48, 48, 24)
_READ_BYTES = 64 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _line(error: RowError) -> Sequence[str | int]:
    zh, en = TEXTS.get(error.code, ("", ""))
    return (
        error.file,
        _harmless(error.sheet or ""),
        error.row_number,
        _harmless(error.header or ""),
        error.code,
        zh,
        en,
        _harmless(error.shown or ""),
    )


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


async def as_csv(pages: AsyncIterator[list[RowError]]) -> AsyncIterator[bytes]:
    """Yield the report as CSV, page by page."""
    text = io.StringIO()
    write = csv.writer(text).writerow
    write(HEADERS)
    yield b"\xef\xbb\xbf"
    async for page in pages:
        for error in page:
            write(_line(error))
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    if text.tell():
        yield text.getvalue().encode()


async def as_xlsx(pages: AsyncIterator[list[RowError]]) -> AsyncIterator[bytes]:
    """Yield the report as a workbook, which is written to a file first."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("错误 errors")
    sheet.freeze_panes = "A2"
    for position, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGH"[position]].width = width
    sheet.append(HEADERS)
    async for page in pages:
        for error in page:
            sheet.append(_line(error))
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(book.save, file)
        file.seek(0)
        while data := file.read(_READ_BYTES):
            yield data

"""CSV as people have it: UTF-8 or GB18030, separated by commas, semicolons or tabs."""

import codecs
import contextlib
import csv
import io
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from services.intake.domain.imports.cells import LONGEST_CELL, TOO_LONG
from services.intake.domain.imports.layout import HEADER_WITHIN, Refused
from services.intake.storage.files.table import Cells

SEPARATORS = (",", "\t", ";", "|")
LONGEST_LINE = 1024 * 1024
"""Characters of one line; a file without line breaks is none of ours."""
_PART = 1024 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class CsvTable:
    """A file of one sheet without a name; how it is encoded and separated is found out."""

    sheets: Sequence[str | None] = (None,)

    def __init__(self, file: IO[bytes], *, recognised: Callable[[Sequence[Cells]], int]) -> None:
        self._file = file
        self._encoding = _encoding(file)
        known: dict[str, int] = {}
        for separator in SEPARATORS:
            self._separator = separator
            # Quotes may be broken for the wrong separator only; for the right one it is found out in reading.
            with contextlib.suppress(Refused):
                known[separator] = recognised(self.top(0, HEADER_WITHIN))
        self._separator = max(known, key=lambda separator: known[separator], default=SEPARATORS[0])

    def top(self, sheet: int, rows: int) -> list[Cells]:
        """Return the first rows."""
        del sheet
        return list(itertools.islice(self._records(), rows))

    def rows(self, sheet: int, header_row: int, positions: Sequence[int]) -> Iterator[tuple[int, Cells]]:
        """Yield rows; a quoted line break does not begin a new one."""
        del sheet
        last = max(positions)
        pick = _picker(positions)
        for number, record in enumerate(self._records(), 1):
            if number <= header_row + 1 or not record:
                continue
            if len(record) <= last:
                record.extend(itertools.repeat("", last + 1 - len(record)))
            cells = pick(record)
            if any(cells):
                yield number, cells

    def close(self) -> None:
        """Let go of nothing: the file is its owner's."""

    def _records(self) -> Iterator[list[str]]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self._encoding, newline="")
        number = 0
        try:
            for record in csv.reader(_lines(text), delimiter=self._separator):
                number += 1
                if record and len(max(record, key=len)) > LONGEST_CELL:
                    record[:] = [TOO_LONG if len(cell) > LONGEST_CELL else cell for cell in record]
                yield record
        except (csv.Error, UnicodeError) as error:
            raise Refused(
                "csv_malformed",
                f"第 {number + 1} 行附近的 CSV 格式有误（引号未闭合、单元格过长或编码混杂）。",
                f"The CSV is broken near row {number + 1}: an open quote, an endless cell, or mixed encodings.",
            ) from error
        finally:
            text.detach()


def _picker(positions: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(positions) == 1:
        return lambda record: (record[positions[0]],)
    return operator.itemgetter(*positions)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            raise csv.Error
        yield line.replace("\x00", "") if "\x00" in line else line


def _encoding(file: IO[bytes]) -> str:
    """Return the encoding: by its mark, else UTF-8 where the whole file is that, else GB18030; raises Refused."""
    file.seek(0)
    start = file.read(4)
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    for name in ("utf-8", "gb18030"):
        if _decodes(file, name):
            return name
    raise Refused(
        "encoding_unknown",
        "文件编码既不是 UTF-8 也不是 GB18030。",
        "The file is encoded neither in UTF-8 nor in GB18030.",
    )


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while part := file.read(_PART):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True

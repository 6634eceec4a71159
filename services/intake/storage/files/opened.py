"""Opens a file by what it is, not by what it is called."""

from collections.abc import Callable, Sequence
from typing import IO

from services.intake.domain.imports.layout import Refused
from services.intake.storage.files.csv_table import CsvTable
from services.intake.storage.files.parquet_table import ParquetTable
from services.intake.storage.files.table import Cells, TableFile
from services.intake.storage.files.xlsx_table import XlsxTable

_PARQUET, _ZIP, _OLE = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_table(file: IO[bytes], *, most_unpacked: int, recognised: Callable[[Sequence[Cells]], int]) -> TableFile:
    """Return the reader of a file; raises Refused for one that is none of the three formats."""
    file.seek(0)
    start = file.read(len(_OLE))
    if not start:
        raise Refused("file_empty", "文件为空。", "The file is empty.")
    if start.startswith(_PARQUET):
        return ParquetTable(file)
    if start.startswith(_ZIP):
        return XlsxTable(file, most_unpacked=most_unpacked)
    if start == _OLE:
        raise Refused(
            "xls_old",
            "不支持旧版 XLS 或加密的工作簿；请另存为未加密的 XLSX。",
            "Old XLS and encrypted workbooks are not read; save it as XLSX without a password.",
        )
    return CsvTable(file, recognised=recognised)

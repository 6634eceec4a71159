"""Parquet files, read row group by row group and only the columns that are asked for."""

from collections.abc import Iterator, Sequence
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from services.intake.domain.imports.layout import MOST_COLUMNS, Refused
from services.intake.storage.files.table import Cells, as_exact_text, as_text

BATCH_ROWS = 4_096
MOST_GROUP_BYTES = 512 * 1024 * 1024
"""Unpacked size of one row group as the file declares it."""
_FLOAT_EXACT = 2**24


class ParquetTable:
    """A file of one sheet without a name; its header is row 0, so the first row of values is row 1."""

    sheets: Sequence[str | None] = (None,)

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        try:
            self._file = pq.ParquetFile(file, pre_buffer=False)
            metadata = self._file.metadata
            largest = max((metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups)), default=0)
            schema = self._file.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _malformed() from error
        if largest > MOST_GROUP_BYTES:
            raise Refused(
                "parquet_group_too_large",
                "Parquet 行组过大（解压后超过 512 MiB）；请以较小的行组重新导出。",
                "A row group unpacks to more than 512 MiB; write the file with smaller row groups.",
            )
        self._names: list[str] = schema.names[:MOST_COLUMNS]
        self._single = [schema.field(at).type == pa.float32() for at in range(len(self._names))]

    def top(self, sheet: int, rows: int) -> list[Cells]:
        """Return the names of the columns: nothing else can be a header here."""
        del sheet, rows
        return [list(self._names)]

    def rows(self, sheet: int, header_row: int, positions: Sequence[int]) -> Iterator[tuple[int, Cells]]:
        """Yield rows."""
        del sheet, header_row
        names = [self._names[position] for position in positions]
        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=BATCH_ROWS, columns=names, use_threads=False):
                columns = [
                    [
                        as_text(value, exact=_FLOAT_EXACT) if self._single[position] else as_exact_text(value)
                        for value in batch.column(name).to_pylist()
                    ]
                    for name, position in zip(names, positions, strict=True)
                ]
                for cells in zip(*columns, strict=True):
                    number += 1
                    if any(cells):
                        yield number, cells
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise _malformed() from error

    def close(self) -> None:
        """Let go of the reader; the file is its owner's."""
        self._file.close()


def _malformed() -> Refused:
    return Refused("parquet_malformed", "不是可读取的 Parquet 文件。", "This is no readable Parquet file.")

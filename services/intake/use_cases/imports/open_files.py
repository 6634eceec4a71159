"""Open the files of a job: unsealed into files without a name, recognised, laid out, and read into groups of rows."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from services.intake.domain.imports.items import Row
from services.intake.domain.imports.layout import HEADER_WITHIN, Layout, Refused, Top, lay_out, recognised
from services.intake.storage import import_contents
from services.intake.storage.files.opened import open_table
from services.intake.storage.files.spool import RowSpool, nameless_file
from services.intake.storage.files.table import Cells, TableFile
from services.intake.storage.files.xlsx_table import XlsxTable
from services.intake.storage.imports import Job
from services.intake.use_cases.imports.target import Target
from services.kit.db import Database
from services.kit.sealing import Sealer

ROWS_AT_ONCE = 5_000
"""Rows that are read before others get their turn and the lease is looked at."""


class OpenFiles:
    """The files of a job while it runs; `close` gives the disk back."""

    def __init__(
        self, database: Database, sealer: Sealer, directory: Path, *, most_rows: int, most_unpacked: int
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._directory = directory
        self._most_rows = most_rows
        self._most_unpacked = most_unpacked
        self._stack = ExitStack()
        self._tables: list[TableFile] = []
        self._source: Iterator[Row] = iter(())
        self._keys: Target | None = None
        self.layout: Layout | None = None
        self.spool: RowSpool | None = None

    async def open(self, job: Job, target: Target) -> Layout:
        """Fetch the files and lay their columns out; raises Refused."""
        for file in range(job.files):
            unsealed = nameless_file(self._directory)
            self._stack.callback(unsealed.close)
            await self._fetch(job, file, unsealed)
            self._tables.append(await asyncio.to_thread(self._open, job, unsealed))
        self.layout = layout = await asyncio.to_thread(self._lay_out, job)
        target.lay_out(layout)
        self._keys = target
        self.spool = RowSpool(self._directory, grouped=target.grouped, salt=job.job_id.bytes)
        self._stack.callback(self.spool.close)
        self._source = self._rows(layout)
        return layout

    async def _fetch(self, job: Job, file: int, unsealed: IO[bytes]) -> None:
        number = 0
        while True:
            async with self._database.reading() as session:
                sealed = await import_contents.part(session, job.job_id, file, number)
            if sealed is None:
                return
            unsealed.write(self._sealer.open(sealed))
            number += 1

    def _open(self, job: Job, file: IO[bytes]) -> TableFile:
        def known(rows: Sequence[Cells]) -> int:
            return recognised(job.kind, rows, job.mapping)

        table = open_table(file, most_unpacked=self._most_unpacked, recognised=known)
        self._stack.callback(table.close)
        return table

    def _lay_out(self, job: Job) -> Layout:
        tops = [
            Top(file, name, table.top(sheet, HEADER_WITHIN))
            for file, table in enumerate(self._tables)
            for sheet, name in enumerate(table.sheets)
        ]
        return lay_out(job.kind, tops, mapping=job.mapping, default_institution=job.institution_code is not None)

    def _rows(self, layout: Layout) -> Iterator[Row]:
        for position, sheet in enumerate(layout.sheets):
            table = self._tables[sheet.file]
            positions = [column.position for column in sheet.columns]
            for number, cells in table.rows(table.sheets.index(sheet.sheet), sheet.header_row, positions):
                yield Row(position, number, cells)

    async def read_some(self) -> bool:
        """Read on; False at the end. Raises Refused."""
        return await asyncio.to_thread(self._read_some)

    def _read_some(self) -> bool:
        assert self.spool is not None  # noqa: S101 - opened before it is read
        assert self._keys is not None  # noqa: S101
        for number, row in enumerate(self._source, 1):
            self.spool.add(row, self._keys.key(row))
            if number == ROWS_AT_ONCE:
                if self.spool.rows > self._most_rows:
                    raise Refused(
                        "rows_too_many",
                        f"行数超过上限 {self._most_rows}；请拆分文件。",
                        f"There are more than {self._most_rows} rows; split the file.",
                    )
                return True
        return False

    def report(self) -> dict[str, Any]:
        """Return which columns were read as what, and what was left out."""
        assert self.layout is not None  # noqa: S101 - opened before it is told of
        sheets = [
            {
                "file": sheet.file + 1,
                "sheet": sheet.sheet,
                "role": sheet.role,
                "header_row": sheet.header_row + 1,
                "columns": [
                    {"header": column.header, "field": column.field.name, "label": column.field.label}
                    for column in sheet.columns
                ],
            }
            for sheet in self.layout.sheets
        ]
        numeric = [
            {"header": column.header, "cells": cells}
            for sheet in self.layout.sheets
            if isinstance(table := self._tables[sheet.file], XlsxTable)
            for column in sheet.columns
            if column.field.form == "code"
            if (cells := table.numbers[table.sheets.index(sheet.sheet), column.position])
        ]
        return {
            "sheets": sheets,
            "unknown": list(self.layout.unknown),
            "unread": list(self.layout.unread),
            "numeric_codes": numeric,
        }

    def close(self) -> None:
        """Give the disk back."""
        self._stack.close()

"""Entries of an import in chunks: the next is made in another thread while the one before it is being stored."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import NamedTuple

from services.intake.domain.imports.items import Place, Row
from services.intake.domain.imports.layout import Layout
from services.intake.domain.problem import MOST_PROBLEMS, Problem
from services.intake.storage.import_contents import RowError
from services.intake.storage.imports import Progress
from services.intake.use_cases.imports.open_files import OpenFiles
from services.intake.use_cases.imports.target import Made, Outcome, Target


class Chunk(NamedTuple):
    """Entries that are stored together."""

    made: Sequence[Made]
    done: int
    """Entries up to its end, from the first of all."""


class Chunks:
    """The entries of files that were read; they come in the same order every time."""

    def __init__(self, files: OpenFiles, target: Target, *, size: int) -> None:
        assert files.spool is not None  # noqa: S101 - the files were read
        assert files.layout is not None  # noqa: S101
        self._spool = files.spool
        self._target = target
        self._size = size
        self.layout: Layout = files.layout

    async def each(self, *, skip: int = 0) -> AsyncGenerator[Chunk, None]:
        """Yield chunks, beginning behind so many entries."""
        groups = self._spool.groups()
        if skip:
            await asyncio.to_thread(_drop, groups, skip)
        done = skip
        making = asyncio.create_task(asyncio.to_thread(self._make, groups))
        try:
            while made := await making:
                making = asyncio.create_task(asyncio.to_thread(self._make, groups))
                done += len(made)
                yield Chunk(made, done)
        finally:
            # The thread goes on until its chunk is made, and reads from files that are about to be closed.
            with contextlib.suppress(Exception):
                await making

    def _make(self, groups: Iterator[list[Row]]) -> list[Made]:
        return [self._target.make(rows) for rows in itertools.islice(groups, self._size)]


def _drop(groups: Iterator[list[Row]], count: int) -> None:
    for _ in itertools.islice(groups, count):
        pass


def settle(
    progress: Progress, chunk: Chunk, outcomes: Sequence[Outcome], layout: Layout, *, most: int
) -> list[RowError]:
    """Count what became of a chunk; return the reasons for what was rejected, as far as so many are kept."""
    found: list[RowError] = []
    for made, outcome in zip(chunk.made, outcomes, strict=True):
        progress.rows_done += made.item.rows
        if outcome.status == "created":
            progress.created += 1
        elif outcome.status == "same":
            progress.same += 1
        else:
            progress.rejected += 1
            progress.quarantined += outcome.kept
            if progress.errors + len(found) < most:
                found.extend(_reasons(made, outcome.problems, layout))
        progress.doubtful += outcome.doubtful and outcome.status != "rejected"
    progress.items_done = chunk.done
    progress.errors += len(found)
    return found


def _reasons(made: Made, problems: Sequence[Problem], layout: Layout) -> Iterator[RowError]:
    """Say where in the file each problem is; what a cell was noted for is not said twice."""
    for note in made.item.notes[:MOST_PROBLEMS]:
        yield _row_error(layout, note.place, note.code)
    for problem in problems[:MOST_PROBLEMS]:
        if problem.pointer not in made.item.pointers:
            yield _row_error(layout, made.item.locate(problem.pointer), problem.code)


def _row_error(layout: Layout, place: Place, code: str) -> RowError:
    sheet = layout.sheets[place.sheet]
    return RowError(sheet.file + 1, sheet.sheet, place.row, place.header, code, place.value)

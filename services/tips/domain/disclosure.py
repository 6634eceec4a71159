"""What of a table of small numbers may be published, so that nobody is told by it and nothing hidden can be worked out.

A cell of 1 to k-1 is hidden (primary). More are hidden (complementary) until

- no hidden cell follows from the published ones, by however many additions and subtractions along rows, columns and
  totals, and
- no published total tells that the hidden cells of its line are together less than k.

Zero is published: it is about nobody.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

Cell = tuple[str, str]
"""Row and column."""


@dataclass(frozen=True, slots=True)
class Line:
    """Cells that add up to a total, which is a cell itself."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells of the line."""
        return (*self.parts, self.total)


def hidden_cells(
    counts: Mapping[Cell, int], lines: Sequence[Line], *, smallest: int, also: Collection[Cell] = ()
) -> frozenset[Cell]:
    """Return the cells that must not be published. ``also`` are hidden in any case.

    Complements are the smallest numbers that serve, inner cells before totals.
    """
    totals = {line.total for line in lines}
    hidden = {cell for cell, count in counts.items() if 0 < count < smallest} | set(also)

    def cost(cell: Cell) -> tuple[bool, bool, int, str]:
        return counts[cell] == 0, cell in totals, counts[cell], str(cell)

    while True:
        found = _next_complement(counts, lines, hidden, smallest, cost)
        if found is None:
            return frozenset(hidden)
        hidden.add(found)


def derivable(hidden: Collection[Cell], lines: Sequence[Line]) -> set[Cell]:
    """Return the hidden cells whose values follow from the others: the unknowns that the equations determine."""
    rows = []
    for line in lines:
        row = {cell: 1 for cell in line.parts if cell in hidden}
        if line.total in hidden:
            row[line.total] = row.get(line.total, 0) - 1
        rows.append({cell: factor for cell, factor in row.items() if factor})
    solved: list[tuple[Cell, dict[Cell, int]]] = []
    for row in rows:
        current = row
        for pivot, other in solved:
            current = _eliminate(current, other, pivot)
        if not current:
            continue
        pivot = next(iter(current))
        solved = [(known, _eliminate(other, current, pivot)) for known, other in solved]
        solved.append((pivot, current))
    return {pivot for pivot, row in solved if len(row) == 1}


def _next_complement(
    counts: Mapping[Cell, int],
    lines: Sequence[Line],
    hidden: Collection[Cell],
    smallest: int,
    cost: Callable[[Cell], tuple[bool, bool, int, str]],
) -> Cell | None:
    """Return the next cell to hide; None where nothing hidden can be worked out."""
    open_lines: list[Line] = [line for line in lines if _too_thin(counts, line, hidden, smallest)]
    if not open_lines:
        fixed = derivable(hidden, lines)
        if not fixed:
            return None
        open_lines = [line for line in lines if fixed & set(line.cells)]
    visible = {cell for line in open_lines for cell in line.cells if cell not in hidden}
    if not visible:
        visible = {cell for line in lines for cell in line.cells if cell not in hidden}
    return min(visible, key=cost, default=None)


def _too_thin(counts: Mapping[Cell, int], line: Line, hidden: Collection[Cell], smallest: int) -> bool:
    """Whether a published total tells that the hidden cells of its line are together less than the smallest number."""
    parts = [counts[cell] for cell in line.parts if cell in hidden]
    return bool(parts) and line.total not in hidden and sum(parts) < smallest


def _eliminate(row: dict[Cell, int], by: Mapping[Cell, int], pivot: Cell) -> dict[Cell, int]:
    if pivot not in row:
        return row
    mine, theirs = row[pivot], by[pivot]
    combined = {cell: factor * theirs for cell, factor in row.items()}
    for cell, factor in by.items():
        combined[cell] = combined.get(cell, 0) - factor * mine
    return {cell: factor for cell, factor in combined.items() if factor}

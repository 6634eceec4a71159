"""Bodies out of rows: one entry a row, or one settlement out of all its rows; and where in the file a value stood."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.intake.domain.fsi.fields import FieldForm
from services.intake.domain.imports.cells import TOO_LONG, Value, plain, reader
from services.intake.domain.imports.layout import Column, Layout, Sheet

MOST_ROWS = 2_001
"""Rows of one settlement that are kept: one more than it may have lines."""
LONGEST_SHOWN = 60
"""Characters of a value that a report repeats."""


class Row(NamedTuple):
    """A row of a sheet, with the cells of its columns only."""

    sheet: int
    """Position in the layout."""
    number: int
    """As a spreadsheet counts: the first row of a sheet is 1."""
    cells: Sequence[str | None]


class Place(NamedTuple):
    """Where something stands in the files."""

    sheet: int
    row: int
    header: str | None = None
    value: str | None = None
    """None where the column is personal."""


class Note(NamedTuple):
    """What is wrong with a cell or a row before its body was made."""

    pointer: str
    code: str
    place: Place
    cells: tuple[str, ...] = ()
    """What the cells say that could not be read, or that contradict each other; as personal as their column."""


@dataclass(slots=True)
class Item:
    """A body and where its values stood."""

    body: dict[str, Any]
    notes: list[Note]
    locate: Callable[[str], Place]
    rows: int = 1
    pointers: frozenset[str] = field(init=False)
    """Pointers of the notes."""

    def __post_init__(self) -> None:
        self.pointers = frozenset(note.pointer for note in self.notes)

    def whole(self) -> dict[str, Any]:
        """Return the body with ``{"cells": [...]}`` wherever a cell could not be read or cells contradict each other.

        That is no value of any field, so the body is refused until somebody puts one in its place.
        """
        found: dict[str, list[str]] = {}
        for note in self.notes:
            if note.cells:
                said = found.setdefault(note.pointer, [])
                said.extend(cell for cell in note.cells if cell not in said)
        body = copy.deepcopy(self.body) if found else self.body
        for pointer, cells in found.items():
            _put(body, pointer.split("/")[1:], {"cells": cells})
        return body


def _put(body: dict[str, Any], steps: Sequence[str], value: object) -> None:
    at: Any = body
    for step in steps[:-1]:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    at[steps[-1]] = value


class _Cell(NamedTuple):
    position: int
    name: str
    """Of its value in the body, or in the object within the body."""
    read: Callable[[str], Value | None]
    within: str | None
    column: Column


def _cells(sheet: Sheet, part: str) -> tuple[_Cell, ...]:
    return tuple(
        _Cell(position, name, reader(column), within[1:] or None, column)
        for position, column in enumerate(sheet.columns)
        if column.field.part == part
        for within, _, name in [column.field.pointer.rpartition("/")]
    )


def _place(row: Row, cell: _Cell | None) -> Place:
    if cell is None:
        return Place(row.sheet, row.number)
    raw = row.cells[cell.position]
    shown = None
    if raw is not None and raw != TOO_LONG and not cell.column.field.personal:
        shown = (plain(raw) or "")[:LONGEST_SHOWN]
    return Place(row.sheet, row.number, cell.column.header, shown)


def _fill(body: dict[str, Any], row: Row, cells: Sequence[_Cell], at: str, notes: list[Note]) -> None:
    raws = row.cells
    for cell in cells:
        position, name, read, within, column = cell
        raw = raws[position]
        if not raw:
            continue
        try:
            value = read(raw)
        except FieldForm as wrong:
            said = "" if raw == TOO_LONG else raw
            notes.append(Note(f"{at}{column.field.pointer}", wrong.code, _place(row, cell), (said,)))
            continue
        if value is None:
            continue
        if within is None:
            body[name] = value
        else:
            body.setdefault(within, {})[name] = value


def _column_at(cells: Sequence[_Cell], pointer: str) -> _Cell | None:
    """Return the column of a pointer or of what it lies within."""
    return next(
        (
            cell
            for cell in cells
            if pointer == cell.column.field.pointer or pointer.startswith(f"{cell.column.field.pointer}/")
        ),
        None,
    )


class RowItems:
    """Makes an entry of each row."""

    def __init__(self, layout: Layout, *, defaults: Mapping[str, Any]) -> None:
        self._cells = [_cells(sheet, "row") for sheet in layout.sheets]
        self._defaults = dict(defaults)

    @staticmethod
    def key(_row: Row) -> None:
        """Return nothing: no row belongs to another."""

    def make(self, rows: Sequence[Row]) -> Item:
        """Return the entry of one row."""
        (row,) = rows
        cells = self._cells[row.sheet]
        body = dict(self._defaults)
        notes: list[Note] = []
        _fill(body, row, cells, "", notes)
        return Item(body, notes, lambda pointer: _place(row, _column_at(cells, pointer)))


class SettlementItems:
    """Makes a settlement of the rows that name it; in what order and how far apart they stand does not matter."""

    def __init__(self, layout: Layout, *, defaults: Mapping[str, Any]) -> None:
        self._roles = [sheet.role for sheet in layout.sheets]
        self._heads = [_cells(sheet, "head") for sheet in layout.sheets]
        self._lines = [_cells(sheet, "line") for sheet in layout.sheets]
        self._keys = [
            tuple(
                next((cell for cell in cells if cell.column.field.name == name), None)
                for name in ("institution_code", "settlement_id")
            )
            for cells in self._heads
        ]
        self._serials = [
            next((cell for cell in cells if cell.column.field.name == "serial"), None) for cells in self._lines
        ]
        self._defaults = dict(defaults)

    def key(self, row: Row) -> str | None:
        """Return what the rows of one settlement share; None for a row that names none."""
        institution, settlement = self._keys[row.sheet]
        named = None if settlement is None else row.cells[settlement.position]
        if named is None or not (named := plain(named)):
            return None
        place = None if institution is None else row.cells[institution.position]
        return f"{(plain(place) if place else None) or self._defaults.get('institution_code', '')}\n{named}"

    def make(self, rows: Sequence[Row]) -> Item:
        """Return the settlement of its rows."""
        heads = [row for row in rows if self._roles[row.sheet] != "lines"]
        lines = self._ordered([row for row in rows if self._roles[row.sheet] != "heads"][:MOST_ROWS])
        notes: list[Note] = []
        body = dict(self._defaults)
        head = heads[0] if heads else rows[0]
        _fill(body, head, self._heads[head.sheet], "", notes)
        if not heads:
            notes.append(Note("", "head_missing", _place(head, None)))
        notes.extend(self._differing(head, heads))
        _payments(body)
        made = self._made(lines, notes)
        _number(made, lines, notes)
        body["lines"] = made
        if "insured_person" in body:
            body["insured_person"].setdefault("sex", "unknown")
        return Item(body, notes, lambda pointer: self._locate(pointer, head, lines), len(rows))

    def _differing(self, head: Row, heads: Sequence[Row]) -> Iterator[Note]:
        """Find rows that say something else about the settlement than its first."""
        width = len(self._heads[head.sheet])
        for row in heads[1:]:
            # The columns of the settlement come first, see `Layout`.
            if row.sheet == head.sheet and row.cells[:width] == head.cells[:width]:
                continue
            for cell, first in zip(self._heads[row.sheet], self._heads[head.sheet], strict=False):
                if cell.column.field is not first.column.field:
                    continue
                mine, theirs = row.cells[cell.position], head.cells[first.position]
                if mine != theirs and (plain(mine or "") != plain(theirs or "")):
                    said = (theirs or "", mine or "")
                    yield Note(cell.column.field.pointer, "head_differs", _place(row, cell), said)

    def _ordered(self, rows: list[Row]) -> list[Row]:
        """Order lines by their serials where all have one, so that the same lines make the same settlement."""
        keyed: list[tuple[int, str, int, Row]] = []
        for row in rows:
            serial = self._serials[row.sheet]
            text = None if serial is None else plain(row.cells[serial.position] or "")
            if text is None:
                return rows
            keyed.append((len(text), text, len(keyed), row))
        return [row for *_, row in sorted(keyed)]

    def _made(self, rows: Sequence[Row], notes: list[Note]) -> list[dict[str, Any]]:
        made = []
        for position, row in enumerate(rows):
            line: dict[str, Any] = {}
            _fill(line, row, self._lines[row.sheet], f"/lines/{position}", notes)
            made.append(line)
        return made

    def _locate(self, pointer: str, head: Row, lines: Sequence[Row]) -> Place:
        steps = pointer.split("/", 3)
        if steps[:2] != ["", "lines"]:
            return _place(head, _column_at(self._heads[head.sheet], pointer))
        if len(steps) > 2 and steps[2].isdigit() and int(steps[2]) < len(lines):  # noqa: PLR2004 - "", "lines", index
            row = lines[int(steps[2])]
            at = f"/{steps[3]}" if len(steps) > 3 else ""  # noqa: PLR2004 - and what is below it
            return _place(row, _column_at(self._lines[row.sheet], at))
        return _place(head, None)


class ReversalItems(SettlementItems):
    """Makes a reversal of the rows that name it: one row for a whole settlement, or one for each line of a part."""

    def __init__(self, layout: Layout, *, defaults: Mapping[str, Any]) -> None:
        super().__init__(layout, defaults=defaults)
        self._ids = [
            next((cell for cell in cells if cell.column.field.name == "reversal_id"), None) for cells in self._heads
        ]

    def key(self, row: Row) -> str | None:
        """Return what the rows of one reversal share; None for a row that names no settlement."""
        settlement = super().key(row)
        own = self._ids[row.sheet]
        named = None if own is None else row.cells[own.position]
        return None if settlement is None else f"{settlement}\n{(plain(named) if named else None) or ''}"

    def make(self, rows: Sequence[Row]) -> Item:
        """Return the reversal of its rows."""
        head, parts = rows[0], rows[:MOST_ROWS]
        notes: list[Note] = []
        body = dict(self._defaults)
        _fill(body, head, self._heads[head.sheet], "", notes)
        of_head = len(notes)
        lines = self._made(parts, notes)
        if len(parts) > 1 or any(lines) or len(notes) > of_head:
            body["lines"] = lines
        return Item(body, notes, lambda pointer: self._locate(pointer, head, parts), len(rows))


def _payments(body: dict[str, Any]) -> None:
    """Fill in what of the payments is left to say: no account was used, and what nobody else pays is paid in cash."""
    body.setdefault("account_paid_fen", 0)
    if "cash_paid_fen" not in body and "total_fen" in body and "fund_paid_fen" in body:
        body["cash_paid_fen"] = body["total_fen"] - body["fund_paid_fen"] - body["account_paid_fen"]


def _number(lines: Sequence[dict[str, Any]], rows: Sequence[Row], notes: list[Note]) -> None:
    """Number lines by their serials, as those of the national interface are, or else as they stand in the file."""
    given = [line.get("number") for line in lines]
    if any(isinstance(one, int) for one in given):
        numbers = {str(one): one for one in given if isinstance(one, int)}
    elif all(isinstance(one, str) for one in given):
        numbers = {}
        for position, (line, row) in enumerate(zip(lines, rows, strict=True)):
            serial = line["number"]
            if serial in numbers:
                notes.append(Note(f"/lines/{position}/number", "line_number_twice", Place(row.sheet, row.number)))
            numbers.setdefault(serial, position + 1)
            line["number"] = position + 1
    else:
        numbers = {}
        for number, line in enumerate(lines, 1):
            line["number"] = number
    for line in lines:
        refunded = line.pop("refund_of", None)
        if refunded in numbers:
            line["refund_of"] = numbers[refunded]

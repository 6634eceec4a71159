"""Which column of which sheet is which field; what is unknown is listed, what is missing is one clear refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from services.intake.domain.imports.fields import ImportField, ImportKind, in_fen, normalised
from services.intake.domain.imports.registry_fields import DEPARTMENT, INSTITUTION, INSURED_PERSON, PRACTITIONER
from services.intake.domain.imports.reversal_fields import REVERSAL
from services.intake.domain.imports.settlement_fields import HEAD, KEY, LINE
from services.intake.domain.imports.stock_fields import MOVEMENT

HEADER_WITHIN = 10
"""Rows at the top of a sheet in which its headers must stand; titles and notes may come before them."""
MOST_COLUMNS = 500
MOST_UNKNOWN = 100
"""Unknown headers that are listed."""
_INSTITUTION = "institution_code"

FIELDS: dict[ImportKind, tuple[ImportField, ...]] = {
    "settlements": (*HEAD, *LINE),
    "reversals": REVERSAL,
    "stock": MOVEMENT,
    "institutions": INSTITUTION,
    "departments": DEPARTMENT,
    "practitioners": PRACTITIONER,
    "insured_persons": INSURED_PERSON,
}
"""Every field of each kind of file."""

Role = Literal["flat", "heads", "lines", "rows"]
"""What the rows of a sheet are: fee lines with their settlement beside them, settlements, fee lines, or entries."""

_SETTLEMENT_ROLES: dict[Role, tuple[ImportField, ...]] = {"flat": (*HEAD, *LINE), "heads": HEAD, "lines": (*KEY, *LINE)}


class Refused(Exception):  # noqa: N818 - the file as a whole is not read any further
    """A file cannot be read as what it was said to be; nothing was taken of it."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code = code
        self.zh = zh
        self.en = en


class Top(NamedTuple):
    """The first rows of one sheet, as text."""

    file: int
    sheet: str | None
    rows: Sequence[Sequence[str | None]]


class Column(NamedTuple):
    """A column that holds a field."""

    field: ImportField
    position: int
    header: str
    """As it stands in the file, on one line."""
    fen: bool
    """Amounts are in fen and not in yuan."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that is read."""

    file: int
    sheet: str | None
    header_row: int
    """Row of the headers, counted from 0."""
    role: Role
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the files of an import are read."""

    sheets: tuple[Sheet, ...]
    unknown: tuple[str, ...]
    """Headers that are no field; their columns are kept out."""
    unread: tuple[str, ...]
    """Sheets that hold nothing of this kind."""


class _Found(NamedTuple):
    top: Top
    header_row: int
    columns: dict[str, list[Column]]
    unknown: list[str]


def lay_out(kind: ImportKind, tops: Sequence[Top], *, mapping: Mapping[str, str], default_institution: bool) -> Layout:
    """Choose the sheets that fit and their columns, every sheet that fits.

    ``mapping`` says which field a header holds, nothing for a column that is to be left out. Raises Refused.
    """
    fields = FIELDS[kind]
    said = _said(mapping, fields)
    by_header = {header: field for field in fields for header in field.headers}
    found = [_find(top, by_header, said) for top in tops]
    _all_mapped(said, found)
    roles = tuple(_SETTLEMENT_ROLES) if kind == "settlements" else ("rows",)
    chosen: list[tuple[_Found, Role]] = []
    if kind == "settlements":
        chosen = [(one, "flat") for one in found if not _missing(one, "flat", fields, default_institution)]
        if not chosen:
            heads = [(one, "heads") for one in found if not _missing(one, "heads", fields, default_institution)]
            lines = [(one, "lines") for one in found if not _missing(one, "lines", fields, default_institution)]
            chosen = [*heads, *lines] if heads and lines else []  # type: ignore[list-item]
    else:
        chosen = [(one, "rows") for one in found if not _missing(one, "rows", fields, default_institution)]
    if not chosen:
        raise _columns_missing(found, roles[0], fields, default_institution)
    unknown = dict.fromkeys(name for one, _ in chosen for name in one.unknown)
    read = {id(one) for one, _ in chosen}
    return Layout(
        tuple(_sheet(one, role, fields) for one, role in chosen),
        tuple(unknown)[:MOST_UNKNOWN],
        tuple(one.top.sheet for one in found if id(one) not in read and one.top.sheet is not None),
    )


def recognised(kind: ImportKind, rows: Sequence[Sequence[str | None]], mapping: Mapping[str, str]) -> int:
    """Return how many headers of the best row are known: by this a separator is found out."""
    fields = FIELDS[kind]
    known = {header for field in fields for header in field.headers} | {normalised(name) for name in mapping}
    return max((sum(1 for cell in row if cell and normalised(cell) in known) for row in rows), default=0)


def _said(mapping: Mapping[str, str], fields: Sequence[ImportField]) -> dict[str, ImportField | None]:
    names = {field.name: field for field in fields} | {name: field for field in fields for name in field.interface}
    said: dict[str, ImportField | None] = {}
    for header, name in mapping.items():
        if name and name not in names:
            raise Refused(
                "mapping_field_unknown",
                f"映射中的字段不存在：{name[:50]}。",
                f"The mapping names no field: {name[:50]}.",
            )
        said[normalised(header)] = names[name] if name else None
    return said


def _find(top: Top, by_header: Mapping[str, ImportField], said: Mapping[str, ImportField | None]) -> _Found:
    best, best_known = 0, -1
    for number, row in enumerate(top.rows[:HEADER_WITHIN]):
        known = sum(1 for cell in row if cell and (normalised(cell) in by_header or normalised(cell) in said))
        if known > best_known:
            best, best_known = number, known
    columns: dict[str, list[Column]] = {}
    unknown: list[str] = []
    for position, cell in enumerate(top.rows[best][:MOST_COLUMNS] if top.rows else ()):
        if cell is None or not cell.strip():
            continue
        header = " ".join(cell.split())[:100]
        name = normalised(cell)
        field = said[name] if name in said else by_header.get(name)
        if field is None:
            if name not in said:
                unknown.append(header)
            continue
        columns.setdefault(field.name, []).append(Column(field, position, header, fen=in_fen(cell)))
    return _Found(top, best, columns, unknown)


def _all_mapped(said: Mapping[str, object], found: Sequence[_Found]) -> None:
    present = {
        normalised(cell) for one in found for cell in (one.top.rows[one.header_row] if one.top.rows else ()) if cell
    }
    if missing := [name for name in said if name not in present]:
        raise Refused(
            "mapping_header_missing",
            f"映射中的列在文件中不存在：{'、'.join(missing)[:200]}。",
            f"The mapping names columns that the file has not: {', '.join(missing)[:200]}.",
        )


def _fields_of(role: Role, fields: Sequence[ImportField]) -> Sequence[ImportField]:
    return _SETTLEMENT_ROLES.get(role, fields)


def _missing(found: _Found, role: Role, fields: Sequence[ImportField], default_institution: bool) -> list[ImportField]:
    wanted = [field for field in _fields_of(role, fields) if field.required]
    return [
        field
        for field in wanted
        if field.name not in found.columns and not (default_institution and field.name == _INSTITUTION)
    ]


def _columns_missing(
    found: Sequence[_Found], role: Role, fields: Sequence[ImportField], default_institution: bool
) -> Refused:
    """Say what is missing of the sheet that comes nearest."""
    nearest = min(found, key=lambda one: len(_missing(one, role, fields, default_institution)))
    missing = _missing(nearest, role, fields, default_institution)
    where = f"工作表“{nearest.top.sheet}”" if nearest.top.sheet is not None else "文件"
    there = f"The sheet “{nearest.top.sheet}”" if nearest.top.sheet is not None else "The file"
    return Refused(
        "columns_missing",
        f"{where}缺少必填列：{'、'.join(f'{field.label}（{_short(field)}）' for field in missing)}。",
        f"{there} lacks required columns: {', '.join(_short(field) for field in missing)}.",
    )


def _short(field: ImportField) -> str:
    return field.interface[0] if field.interface else field.name


def _sheet(found: _Found, role: Role, fields: Sequence[ImportField]) -> Sheet:
    columns = []
    for field in _fields_of(role, fields):
        held = found.columns.get(field.name, [])
        if len(held) > 1:
            headers = [column.header for column in held]
            raise Refused(
                "columns_twice",
                f"多列对应同一字段“{field.label}”：{'、'.join(headers)}；请用映射排除其一。",
                f"Several columns hold {field.name}: {', '.join(headers)}; leave one out by a mapping.",
            )
        columns.extend(held)
    return Sheet(found.top.file, found.top.sheet, found.header_row, role, tuple(columns))

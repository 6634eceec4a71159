"""Reading knowledge points as they are published: a sheet of points, a sheet of codes, headers wherever they stand."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from services.screening.domain.checks.table import KINDS
from services.screening.domain.published_condition import ConditionProblem, point_conditions
from services.screening.domain.recognition import PublishedTitle, recognise
from services.screening.domain.rulebook_problems import ITEM_CODE
from services.screening.domain.rules import Rule

Row = Sequence[object]

HEADER_WITHIN = 8
"""Rows of a sheet among which the header stands."""

LONGEST_HEADER = 40
"""Characters of a header; longer cells are sentences."""

MOST_REFUSALS = 1_000
"""Refusals that are written out; all are counted."""

_SEPARATORS = re.compile(r"[;；、,，\s]+")
_SERVICE_DIGITS = 15
"""Digits of a service code; a spreadsheet that took it for a number has lost the zeros in front."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file, read when asked for."""

    name: str
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing of a file that did not come in."""

    sheet: str
    row: int
    """Counted from 1, as a spreadsheet does."""
    column: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A published text that waits for a person to say what it means."""

    point: Mapping[str, object]
    """The knowledge point in its file form, without a condition."""
    text: str
    placed: bool
    """Whether the point is in the rulebook meanwhile, asking for review."""


@dataclass(slots=True)
class Publication:
    """What one file holds."""

    rule_code: str = ""
    points: list[dict[str, object]] = field(default_factory=list)
    """Knowledge points in their file form."""
    limits: list[Limit] = field(default_factory=list)
    rows: int = 0
    codes: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    refused: int = 0
    notes: list[str] = field(default_factory=list)

    def refuse(self, refusal: Refusal) -> None:
        """Add what did not come in."""
        self.refused += 1
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(refusal)


@dataclass(frozen=True, slots=True)
class _Table:
    sheet: Sheet
    columns: Mapping[str, int]
    headers: Mapping[str, str]
    first_row: int
    """Number of the row after the header."""
    title: str

    def cells(self) -> Iterator[tuple[int, Row]]:
        rows = islice(self.sheet.rows(), self.first_row - 1, None)
        return ((number, row) for number, row in enumerate(rows, start=self.first_row) if any(row))

    def cell(self, row: Row, role: str) -> str:
        position = self.columns.get(role)
        return "" if position is None or position >= len(row) else text_of(row[position])


def read_publication(
    sheets: Sequence[Sheet],
    rules: Sequence[Rule],
    *,
    file_name: str,
    rule_code: str | None,
    published_on: date,
    source: str,
) -> Publication:
    """Read one file; what cannot be read is refused with its place, and never stops the rest.

    ``rule_code`` None lets headers, title and texts say which rule it is; a file's name counts last, for names of
    published files have been swapped.
    """
    found = Publication()
    tables = [table for table in map(_table, sheets) if table is not None]
    points = next((one for one in tables if "name" in one.columns or "name_a" in one.columns), None)
    if points is None:
        found.refuse(
            Refusal("", 0, "", "no_header", "没有找到知识点的表头。", "no header of knowledge points was found.")
        )
        return found
    codes = next((one for one in tables if one is not points and _has_codes(one) and "number" in one.columns), None)
    sample = [row for _, row in islice(points.cells(), 50)]
    title = PublishedTitle(
        heading="".join((points.title, points.sheet.name, *(one.sheet.name for one in tables))),
        headers="".join(points.headers.values()),
        logic="".join(points.cell(row, "logic") for row in sample),
        texts="".join(points.cell(row, "text") for row in sample),
        file_name=file_name,
    )
    rule = recognise(rules, title, rule_code, found.notes)
    if rule is None:
        found.refuse(
            Refusal(
                points.sheet.name,
                0,
                "",
                "rule_unknown",
                "无法判断属于哪条规则，请指定。",
                "the rule is not clear; name it.",
            )
        )
        return found
    found.rule_code = rule.code
    _Reader(found, rule, points, codes, published_on, source).read()
    return found


def text_of(cell: object) -> str:
    """A cell as text; a whole number without its decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


class _Reader:
    def __init__(
        self, found: Publication, rule: Rule, points: _Table, codes: _Table | None, published_on: date, source: str
    ) -> None:
        self._found = found
        self._rule = rule
        self._points = points
        self._codes = codes
        self._day = published_on.strftime("%Y%m%d")
        self._source = source
        self._pairs = KINDS[rule.kind].points == "pairs"
        self._by_number: dict[str, tuple[list[str], list[str]]] = {}
        self._last = ""

    def read(self) -> None:
        if self._codes is not None:
            self._read_codes(self._codes)
        for number, row in self._points.cells():
            self._found.rows += 1
            self._point(number, row)
        for key, (one, other) in self._by_number.items():
            self._refuse(
                self._codes or self._points, 0, "number", "no_point",
                f"序号{key}没有对应的知识点，{len(one) + len(other)}个编码未导入。",
                f"number {key} has no knowledge point; {len(one) + len(other)} codes stay out.",
            )  # fmt: skip

    def _read_codes(self, table: _Table) -> None:
        for number, row in table.cells():
            # Only the first row of a point may carry its number.
            key = _number(table.cell(row, "number")) or self._last
            self._last = key
            one, other = self._by_number.setdefault(key, ([], []))
            one += self._read_cell(table, number, row, "code_a" if self._pairs else "code")
            if self._pairs:
                other += self._read_cell(table, number, row, "code_b")

    def _read_cell(self, table: _Table, number: int, row: Row, role: str) -> list[str]:
        codes: list[str] = []
        for code in _SEPARATORS.split(table.cell(row, role)):
            if not code:
                continue
            whole = code.zfill(_SERVICE_DIGITS) if code.isdigit() and len(code) < _SERVICE_DIGITS else code.upper()
            if ITEM_CODE.fullmatch(whole):
                codes.append(whole)
            else:
                self._refuse(
                    table, number, role, "code_unknown", "不是医保目录编码。", "is no code of the national catalogue."
                )
        return codes

    def _point(self, number: int, row: Row) -> None:
        table = self._points
        key = _number(table.cell(row, "number")) or str(self._found.rows)
        one, other = self._by_number.pop(key, ([], []))
        one = one + self._read_cell(table, number, row, "code_a" if self._pairs else "code")
        if self._pairs:
            other = other + self._read_cell(table, number, row, "code_b")
        name = table.cell(row, "name") or "×".join(filter(None, (table.cell(row, "name_a"), table.cell(row, "name_b"))))
        if not one or (self._pairs and not other):
            self._refuse(
                table, number, "code", "no_codes", "知识点没有可用编码。", "the knowledge point has no usable codes."
            )
            return
        point: dict[str, object] = {
            "id": f"{self._rule.code}-{self._day}-{key.zfill(4)}",
            "rule": self._rule.code,
            "name": name or key,
            "codes": list(dict.fromkeys(one)),
            "source": self._source,
        }
        if self._pairs:
            point["others"] = [code for code in dict.fromkeys(other) if code not in set(one)]
        cells = {role: table.cell(row, role) for role in table.columns}
        try:
            conditions = point_conditions(self._rule, cells)
        except ConditionProblem as problem:
            self._refuse(table, number, problem.role, problem.code, problem.zh, problem.en)
            return
        self._found.codes += len(one) + len(other)
        if conditions.limit is not None:
            self._found.limits.append(Limit(dict(point), conditions.limit, bool(conditions.all)))
        for order, (condition, severity) in enumerate(conditions.all):
            entry = dict(point)
            if order:
                entry["id"] = f"{point['id']}-{order + 1}"
            if condition:
                entry["when"] = dict(condition)
            if severity is not None:
                entry["severity"] = severity
            self._found.points.append(entry)

    def _refuse(self, table: _Table, row: int, role: str, code: str, zh: str, en: str) -> None:
        self._found.refuse(Refusal(table.sheet.name, row, table.headers.get(role, ""), code, zh, en))


_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("count", re.compile(r"代码数量|编码数量")),
    ("number", re.compile(r"序号")),
    ("code_a", re.compile(r"A.*(代码|编码)|(代码|编码).*A")),
    ("code_b", re.compile(r"B.*(代码|编码)|(代码|编码).*B")),
    ("code", re.compile(r"代码|编码")),
    ("name_a", re.compile(r"A.*名称|名称.*A")),
    ("name_b", re.compile(r"B.*名称|名称.*B")),
    ("name", re.compile(r"通用名|名称")),
    ("sex", re.compile(r"性别")),
    ("logic", re.compile(r"检[出测]逻辑")),
    ("window", re.compile(r"时间区间|时间窗")),
    ("limit", re.compile(r"上限数量|数量上限")),
    ("group", re.compile(r"分组|手术组")),
    ("text", re.compile(r"依据|限定|支付范围|内容")),
    ("remark", re.compile(r"备注|说明")),
)
"""Which column a header names; the first that fits."""


def _table(sheet: Sheet) -> _Table | None:
    above: list[str] = []
    for number, row in enumerate(islice(sheet.rows(), HEADER_WITHIN), start=1):
        columns: dict[str, int] = {}
        headers: dict[str, str] = {}
        for position, cell in enumerate(row):
            header = re.sub(r"\s+", "", text_of(cell))
            role = next((role for role, pattern in _ROLES if pattern.search(header)), None)
            if header and len(header) < LONGEST_HEADER and role is not None and role not in columns:
                columns[role], headers[role] = position, header
        if len(columns.keys() - {"count"}) > 1 and columns.keys() & {"name", "name_a", "code", "code_a"}:
            return _Table(sheet, columns, headers, number + 1, "".join(above))
        above += filter(None, map(text_of, row))
    return None


def _has_codes(table: _Table) -> bool:
    return bool(table.columns.keys() & {"code", "code_a"})


def _number(text: str) -> str:
    return text.removesuffix(".0").lstrip("0") or text[:1]

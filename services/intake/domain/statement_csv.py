"""Statements of settlements as CSV: a header in Chinese or with the interface's names, one settlement a row, yuan."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from services.intake.domain.codes import is_settlement_id
from services.intake.domain.problem import MOST_PROBLEMS, Problem
from services.intake.domain.reconciliation import MOST_STATED, Amounts
from services.intake.domain.scaled import LONGEST_TEXT, scaled

_FEN_PLACES = 2
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "settlement_id": ("settlement_id", "setl_id", "结算编号", "结算ID", "结算id", "结算流水号"),
    "total": ("total", "medfee_sumamt", "医疗费总额", "总金额", "总额"),
    "fund": ("fund", "fund_pay_sumamt", "基金支付总额", "基金支付"),
    "account": ("account", "acct_pay", "个人账户支付金额", "个人账户支付", "账户支付"),
    "cash": ("cash", "psn_cash_pay", "cash_payamt", "现金支付金额", "个人现金支付", "现金支付"),
}
_NAMES = {name: column for column, names in _COLUMNS.items() for name in names}


class StatedRows(NamedTuple):
    """What a file says; amounts of columns that are not there are None."""

    settlements: dict[str, Amounts]
    problems: list[Problem]
    """Pointers name row and column, the header being row 1."""


def read_csv(content: bytes) -> StatedRows:
    """Read a file in UTF-8 or GB 18030."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    if "\x00" in text:
        return StatedRows({}, [Problem("", "csv_form")])
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(rows, [])
        places = {_NAMES[name.strip()]: index for index, name in enumerate(header) if name.strip() in _NAMES}
        missing = [Problem(f"/1/{name}", "missing") for name in ("settlement_id", "total") if name not in places]
        if missing:
            return StatedRows({}, missing)
        return _rows(rows, places)
    except csv.Error:
        return StatedRows({}, [Problem("", "csv_form")])


def _rows(rows: Iterator[list[str]], places: Mapping[str, int]) -> StatedRows:
    settlements: dict[str, Amounts] = {}
    problems: list[Problem] = []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(settlements) >= MOST_STATED:
            problems.append(Problem(f"/{number}", "too_many_items"))
            break
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
        settlement_id = cells["settlement_id"]
        amounts: dict[str, int | None] = {}
        before = len(problems)
        for name, cell in cells.items():
            if name == "settlement_id":
                continue
            bare = cell.replace(",", "").replace("，", "")
            fen = scaled(bare.encode(), _FEN_PLACES) if bare and len(bare.encode()) <= LONGEST_TEXT else None
            if fen is None and (bare or name == "total"):
                problems.append(Problem(f"/{number}/{name}", "number_form"))
            amounts[name] = fen
        if not is_settlement_id(settlement_id):
            problems.append(Problem(f"/{number}/settlement_id", "settlement_id_form"))
        elif settlement_id in settlements:
            problems.append(Problem(f"/{number}/settlement_id", "stated_twice"))
        elif len(problems) == before:
            settlements[settlement_id] = Amounts(
                amounts["total"] or 0, amounts.get("fund"), amounts.get("account"), amounts.get("cash")
            )
        if len(problems) >= MOST_PROBLEMS:
            break
    return StatedRows(settlements, problems)

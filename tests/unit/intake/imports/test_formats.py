"""The same rows written as CSV, XLSX and Parquet are read as the same settlements."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain.imports.items import Item, Row, SettlementItems
from services.intake.domain.imports.layout import Layout, Refused, Top, lay_out, recognised
from services.intake.storage.files import xlsx_table
from services.intake.storage.files.opened import open_table
from services.intake.storage.files.spool import RowSpool
from tests.support.tables import HEADERS, as_csv, as_parquet, as_xlsx, fee_lines

ID = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,20}", fullmatch=True)
NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - a cell of a file has no offset
FEN = st.integers(1, 10**9)


def opened(content: bytes, *, most_unpacked: int = 1 << 30) -> Any:
    def known(rows: Any) -> int:
        return recognised("settlements", rows, {})

    return open_table(io.BytesIO(content), most_unpacked=most_unpacked, recognised=known)


def laid_out(table: Any) -> Layout:
    tops = [Top(0, name, table.top(sheet, 10)) for sheet, name in enumerate(table.sheets)]
    return lay_out("settlements", tops, mapping={}, default_institution=False)


def read(content: bytes, directory: Path) -> list[Item]:
    table = opened(content)
    layout = laid_out(table)
    items = SettlementItems(layout, defaults={})
    spool = RowSpool(directory, grouped=True, salt=b"1" * 16)
    for position, sheet in enumerate(layout.sheets):
        at = table.sheets.index(sheet.sheet)
        for number, cells in table.rows(at, sheet.header_row, [column.position for column in sheet.columns]):
            row = Row(position, number, cells)
            spool.add(row, items.key(row))
    made = [items.make(rows) for rows in spool.groups()]
    spool.close()
    table.close()
    return made


@given(
    st.lists(
        st.tuples(ID, FEN, st.integers(1, 9), st.integers(0, 10**7)),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[0],
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.sampled_from([",", ";", "\t", "|"]),
)
@settings(max_examples=15, deadline=None)
def test_rows_come_back_the_same_from_every_format(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[str, int, int, int]],
    encoding: str,
    delimiter: str,
) -> None:
    directory = tmp_path_factory.getbasetemp()
    texts: list[list[Any]] = []
    typed: list[list[Any]] = []
    for settlement_id, fen, quantity, seconds in drawn:
        # A file knows no offset.
        at = NEW_YEAR + timedelta(seconds=seconds)
        (cells,) = fee_lines(settlement_id, lines=1, 数量=str(quantity), 结算时间=at.isoformat(sep=" "))
        price = HEADERS.index("明细项目费用总额\n(元)")
        cells[price] = f"{fen // 100}.{fen % 100:02d}"
        texts.append(cells)
        changed: dict[str, Any] = {
            "数量": quantity,
            "结算时间": at,
            "出生日期": date(1990, 3, 7),
            HEADERS[price]: Decimal(fen) / 100,
        }
        typed.append([changed.get(header, cell) for header, cell in zip(HEADERS, cells, strict=True)])
    wanted = [item.body for item in read(as_csv(HEADERS, texts, encoding=encoding, delimiter=delimiter), directory)]
    assert sorted(body["settlement_id"] for body in wanted) == sorted(one[0] for one in drawn)
    assert sorted(body["lines"][0]["amount_fen"] for body in wanted) == sorted(one[1] for one in drawn)
    assert [item.body for item in read(as_xlsx({"明细": [HEADERS, *typed]}), directory)] == wanted
    assert [item.body for item in read(as_parquet(HEADERS, typed, group=2), directory)] == wanted


def test_titles_notes_and_other_sheets_are_passed_over(tmp_path: Path) -> None:
    content = as_xlsx(
        {"封面": [["说明", "请先阅读"]], "三月": [["某院三月结算"], ["单位：元"], HEADERS, *fee_lines("S1")]},
        merged={"三月": "A1:F1 A2:C2"},
    )
    (item,) = read(content, tmp_path)
    assert (item.body["settlement_id"], item.notes) == ("S1", [])
    assert item.locate("/lines/1/amount_fen")[1:3] == (5, "明细项目费用总额 (元)")
    assert laid_out(opened(content)).unread == ("封面",)


@pytest.mark.parametrize("number", [1234567890123456, 8.12345678901235e19, 123456789012345678])
def test_a_code_that_a_spreadsheet_made_a_number_is_reported(tmp_path: Path, number: float) -> None:
    rows = fee_lines("S1", lines=1)
    rows[0][HEADERS.index("药品追溯码")] = number  # type: ignore[call-overload]
    (item,) = read(as_xlsx({"明细": [HEADERS, *rows]}), tmp_path)
    assert [(note.code, note.place.header) for note in item.notes] == [("code_damaged", "药品追溯码")]


def test_a_code_of_fifteen_digits_survives_a_spreadsheet(tmp_path: Path) -> None:
    rows = fee_lines("S1", lines=1)
    rows[0][HEADERS.index("医疗目录编码")] = 331102000050000.0  # type: ignore[call-overload]
    (item,) = read(as_xlsx({"明细": [HEADERS, *rows]}), tmp_path)
    assert item.notes == []
    assert item.body["lines"][0]["item_code"] == "331102000050000"


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = as_xlsx({"明细": [HEADERS, *fee_lines("S1")]})
    with pytest.raises(Refused, match="xlsx_too_large"):
        opened(content, most_unpacked=1000)
    monkeypatch.setattr(xlsx_table, "MOST_SHARED_BYTES", 10)
    monkeypatch.setattr(xlsx_table, "_SHARED", "xl/workbook.xml")
    with pytest.raises(Refused, match="xlsx_too_large"):
        opened(content)


def test_a_line_without_an_end_is_refused_and_not_gathered() -> None:
    table = opened(as_csv(HEADERS, []) + b'"' + b"x" * 3_000_000)
    with pytest.raises(Refused, match="csv_malformed"):
        list(table.rows(0, 0, [0]))

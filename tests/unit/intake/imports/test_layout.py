"""Headers, cells and the settlements that are made of rows."""

from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.fsi.fields import FieldForm
from services.intake.domain.imports.cells import reader
from services.intake.domain.imports.fields import normalised
from services.intake.domain.imports.items import Row, SettlementItems
from services.intake.domain.imports.layout import FIELDS, Column, Refused, Top, lay_out
from tests.support.tables import HEADERS, fee_lines


@pytest.mark.parametrize("kind", FIELDS)
def test_no_header_means_two_fields_of_a_kind(kind: Any) -> None:
    headers = [header for field in FIELDS[kind] for header in set(field.headers)]
    assert sorted(headers) == sorted(set(headers))


@pytest.mark.parametrize(
    "header", ["结算ID", " 结算 id* ", "结算\nID", "结算ID（必填）", "＊结算ＩＤ：", "setl_id", "SETL_ID"]
)
def test_a_header_is_known_in_the_ways_it_is_written(header: str) -> None:
    assert normalised(header) in {normalised("结算ID"), normalised("setl_id")}


def value(name: str, text: str, header: str = "", kind: Any = "settlements") -> Any:
    field = next(field for field in FIELDS[kind] if field.name == name)
    return reader(Column(field, 0, header, fen=header.endswith("_fen")))(text)


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("total_fen", "1,234.50", 123450),
        ("total_fen", "¥0.1", 10),
        ("sex", "女", "female"),
        ("sex", "1", "male"),
        ("medical_type", "普通住院", "21"),
        ("medical_type", "2105", "2105"),
        ("split_pack", "是", True),
        ("birth_date", "1990年3月7日", "1990-03-07"),
        ("started_at", "2026-03-09 09:00", "2026-03-09T09:00:00+08:00"),
        ("started_at", "20260309090000", "2026-03-09T09:00:00+08:00"),
        ("ended_at", "2026/3/9", "2026-03-09T23:59:59+08:00"),
        ("settlement_id", '="00123"', "00123"),
        ("settlement_id", "'00123\t", "00123"),
        ("diagnosis_codes", "I10.x00、E11.900", ["I10.x00", "E11.900"]),
    ],
)
def test_a_cell_says_what_people_mean_by_it(name: str, text: str, wanted: object) -> None:
    assert value(name, text) == wanted


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("settlement_id", "3.30102E+17", "code_damaged"),
        ("total_fen", "12.345", "number_form"),
        ("total_fen", "十二", "number_form"),
        ("started_at", "46090", "date_serial"),
        ("started_at", "3/9/2026", "instant_form"),
        ("item_code", "#N/A", "cell_error"),
        ("split_pack", "也许", "type"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(name: str, text: str, code: str) -> None:
    with pytest.raises(FieldForm) as raised:
        value(name, text)
    assert raised.value.code == code


def test_native_amounts_are_fen_and_others_yuan() -> None:
    assert value("total_fen", "1234", header="total_fen") == 1234
    assert value("total_fen", "1234", header="医疗费总额") == 123400


def made(*rows: list[str]) -> Any:
    layout = lay_out("settlements", [Top(0, None, [HEADERS])], mapping={}, default_institution=False)
    positions = [column.position for column in layout.sheets[0].columns]
    return SettlementItems(layout, defaults={}).make(
        [Row(0, number, [row[position] for position in positions]) for number, row in enumerate(rows, 2)]
    )


def test_rows_that_disagree_about_their_settlement_are_reported() -> None:
    first, _ = fee_lines("S1")
    _, second = fee_lines("S1", 性别="男")
    item = made(first, second)
    assert [(note.code, note.place.row, note.place.header) for note in item.notes] == [("head_differs", 3, "性别")]


def test_lines_are_numbered_by_their_serials_whatever_their_order() -> None:
    first, second, third = fee_lines("S1", lines=3)
    assert made(third, first, second).body == made(first, second, third).body
    assert [line["number"] for line in made(third, first, second).body["lines"]] == [1, 2, 3]
    assert [note.code for note in made(first, first).notes] == ["line_number_twice"]


def test_a_value_of_a_personal_column_is_never_shown() -> None:
    item = made(*fee_lines("S1", 出生日期="三月", 数量="两", lines=1))
    assert [(note.place.header, note.place.value) for note in item.notes] == [("出生日期", None), ("数量", "两")]


@pytest.mark.parametrize(
    ("headers", "mapping", "code"),
    [
        (HEADERS[:5], {}, "columns_missing"),
        ([*HEADERS, "setl_id"], {}, "columns_twice"),
        (HEADERS, {"结算ID": "nothing"}, "mapping_field_unknown"),
        (HEADERS, {"不存在": "setl_id"}, "mapping_header_missing"),
    ],
)
def test_headers_that_make_no_sense_are_refused(headers: Any, mapping: dict[str, str], code: str) -> None:
    with pytest.raises(Refused, match=code):
        lay_out("settlements", [Top(0, None, [headers])], mapping=mapping, default_institution=False)


def test_what_is_no_field_is_listed_and_left_out() -> None:
    tops = [Top(0, None, [[*HEADERS, "备注", "操作员"]])]
    layout = lay_out("settlements", tops, mapping={"操作员": ""}, default_institution=False)
    assert layout.unknown == ("备注",)


@pytest.mark.parametrize("kind", FIELDS)
def test_the_document_names_every_column(kind: Any) -> None:
    text = (Path(__file__).parents[4] / "docs" / "imports.md").read_text("utf-8")
    missing = [name for field in FIELDS[kind] for name in (field.name, *field.interface) if f"`{name}`" not in text]
    assert missing == []
    assert [field.label for field in FIELDS[kind] if field.label not in text] == []

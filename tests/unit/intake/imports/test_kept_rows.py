"""Bodies of rejected rows, and reversals out of rows."""

from typing import Any

import pytest

from services.intake.domain.imports.cells import TOO_LONG
from services.intake.domain.imports.items import Item, ReversalItems, Row, RowItems, SettlementItems
from services.intake.domain.imports.layout import Top, lay_out
from tests.support.tables import HEADERS, fee_lines

REVERSAL = ("机构编码", "结算ID", "退费编号", "明细序号", "退费数量", "退费金额")


def made(kind: Any, headers: Any, *rows: Any) -> Item:
    layout = lay_out(kind, [Top(0, None, [headers])], mapping={}, default_institution=False)
    items: Any = {"settlements": SettlementItems, "reversals": ReversalItems}.get(kind, RowItems)
    positions = [column.position for column in layout.sheets[0].columns]
    picked = [Row(0, number, [row[position] or None for position in positions]) for number, row in enumerate(rows, 2)]
    item: Item = items(layout, defaults={}).make(picked)
    return item


def test_a_cell_that_cannot_be_read_stands_in_the_body_as_no_value_of_any_field() -> None:
    first, second = fee_lines("S1", 出生日期="三月", 数量="两")
    item = made("settlements", HEADERS, first, second)
    whole = item.whole()
    assert whole["insured_person"]["birth_date"] == {"cells": ["三月"]}
    assert [line["quantity"] for line in whole["lines"]] == [{"cells": ["两"]}, {"cells": ["两"]}]
    assert "birth_date" not in item.body["insured_person"], "the body that is examined is not touched"
    assert "quantity" not in item.body["lines"][0]


def test_a_cell_that_was_too_long_is_marked_though_its_text_is_gone() -> None:
    headers = ("单据编号", "机构编码", "业务类型", "发生时间", "数量")
    item = made("stock", headers, (TOO_LONG, "H11010500001", "采购", "2026-03-08", "1"))
    assert item.whole()["movement_id"] == {"cells": [""]}


def test_of_rows_that_contradict_each_other_every_value_is_kept_once() -> None:
    rows = [fee_lines("S1", lines=1, 性别=sex)[0] for sex in ("女", "男", "女", "男", "未知")]
    assert made("settlements", HEADERS, *rows).whole()["insured_person"]["sex"] == {"cells": ["女", "男", "未知"]}


def test_a_sound_row_is_kept_as_it_is() -> None:
    item = made("settlements", HEADERS, *fee_lines("S1"))
    assert item.whole() is item.body


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([("H11010500001", "S1", "R1", "", "", "")], None),
        ([("H11010500001", "S1", "R1", "2", "", "")], [{"number": 2}]),
        ([("H11010500001", "S1", "R1", "", "1", "")], [{"quantity": "1"}]),
        (
            [("H11010500001", "S1", "R1", "1", "1", ""), ("H11010500001", "S1", "R1", "2", "", "0.5")],
            [{"number": 1, "quantity": "1"}, {"number": 2, "amount_fen": 50}],
        ),
        (
            [("H11010500001", "S1", "R1", "", "", ""), ("H11010500001", "S1", "R1", "2", "1", "")],
            [{}, {"number": 2, "quantity": "1"}],
        ),
        ([("H11010500001", "S1", "R1", "一", "", "")], [{}]),
    ],
)
def test_a_reversal_is_whole_only_where_nothing_is_said_of_any_line(rows: Any, lines: Any) -> None:
    assert made("reversals", REVERSAL, *rows).body.get("lines") == lines


def test_reversals_of_one_settlement_are_told_apart_by_their_ids() -> None:
    layout = lay_out("reversals", [Top(0, None, [REVERSAL])], mapping={}, default_institution=False)
    items = ReversalItems(layout, defaults={})
    order = [column.position for column in layout.sheets[0].columns]

    def key(*cells: str) -> str | None:
        return items.key(Row(0, 2, [cells[position] or None for position in order]))

    one = key("H11010500001", "S1", "R1", "1", "", "")
    assert one == key("H11010500001", "S1", "'R1", "2", "", "")
    assert len({one, key("H11010500001", "S1", "R2", "", "", ""), key("H11010500001", "S1", "", "", "", "")}) == 3
    assert key("H11010500001", "", "R1", "", "", "") is None

"""Files of settlements, movements and entries, as people export them: the same rows as CSV, XLSX and Parquet."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from services.kit.clock import BUSINESS_ZONE
from tests.support.intake import DRUG, HOSPITAL, INSURED_NUMBER, PHYSICIAN

HEADERS = (
    "定点医药机构编号",
    "结算ID",
    "人员编号",
    "性别",
    "出生日期",
    "险种类型",
    "参保地医保区划",
    "医疗类别",
    "就诊开始时间",
    "就诊结束时间",
    "结算时间",
    "医疗费总额(元)",
    "基金支付总额（元）",
    "疾病诊断编码",
    "费用明细流水号",
    "医疗目录编码",
    "数量",
    "单价",
    "明细项目费用总额\n(元)",
    "费用发生时间",
    "开单医师编码",
    "药品追溯码",
)


def fee_lines(settlement_id: str = "S1", *, lines: int = 2, **changes: str) -> list[list[str]]:
    """Rows of one settlement of 37.30 yuan a line."""
    total = 3730 * lines
    rows = []
    for number in range(1, lines + 1):
        cells = {
            "定点医药机构编号": HOSPITAL,
            "结算ID": settlement_id,
            "人员编号": INSURED_NUMBER,
            "性别": "女",
            "出生日期": "1990-03-07",
            "险种类型": "310",
            "参保地医保区划": "110105",
            "医疗类别": "普通门诊",
            "就诊开始时间": "2026-03-09 09:00:00",
            "就诊结束时间": "2026/3/9 9:40",
            "结算时间": "20260309094500",
            "医疗费总额(元)": f"{total // 100}.{total % 100:02d}",
            "基金支付总额（元）": f"{total // 200}.{total // 2 % 100:02d}",
            "疾病诊断编码": "I63.900x001;I10.x00",
            "费用明细流水号": f"F{number:04d}",
            "医疗目录编码": DRUG,
            "数量": "2",
            "单价": "18.65",
            "明细项目费用总额\n(元)": "37.30",
            "费用发生时间": "2026-03-09 09:10:00",
            "开单医师编码": PHYSICIAN,
            "药品追溯码": "81234567890123456789",
        } | changes
        rows.append([cells[header] for header in HEADERS])
    return rows


def as_csv(
    headers: Sequence[str], rows: Iterable[Sequence[Any]], *, encoding: str = "utf-8", delimiter: str = ","
) -> bytes:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(headers)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]], *, merged: Mapping[str, str] | None = None) -> bytes:
    """Return sheets as a workbook; their rows begin at the top, headers among them."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in (merged or {}).get(name, "").split():
            sheet.merge_cells(area)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_parquet(headers: Sequence[str], rows: Sequence[Sequence[Any]], *, group: int = 1000) -> bytes:
    """Return rows as Parquet, in groups of so many."""
    table = pa.table({header: [row[position] for row in rows] for position, header in enumerate(headers)})
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=group)
    return file.getvalue()


def flat(bodies: Iterable[bytes]) -> tuple[list[str], Iterable[list[str]]]:
    """Return settlements as they are posted as rows of a flat file with the interface's headers."""
    head = ("fixmedins_code", "setl_id", "psn_no", "gend", "brdy", "insutype", "insuplc_admdvs", "med_type", "begntime")
    sums = ("endtime", "setl_time", "medfee_sumamt", "fund_pay_sumamt", "diag_code", "atddr_no", "dept_code")
    line = ("feedetl_sn", "med_list_codg", "cnt", "pric", "det_item_fee_sumamt", "fee_ocur_time", "bilg_dr_codg")
    return [*head, *sums, *line, "bilg_dept_codg"], (row for body in bodies for row in _flat(json.loads(body)))


def _flat(body: dict[str, Any]) -> Iterable[list[str]]:
    person = body["insured_person"]
    head = [
        body["institution_code"],
        body["settlement_id"],
        person["number"],
        {"male": "1", "female": "2"}[person["sex"]],
        person["birth_date"],
        body["insurance_type"],
        body["insured_region"],
        body["medical_type"],
        *(_local(body[name]) for name in ("started_at", "ended_at", "settled_at")),
        *(_yuan(body[name]) for name in ("total_fen", "fund_paid_fen")),
        ";".join(body["diagnosis_codes"]),
        body["practitioner_code"],
        body["department_code"],
    ]
    for line in body["lines"]:
        yield [
            *head,
            f"{line['number']:04d}",
            line["item_code"],
            line["quantity"],
            line["unit_price"],
            _yuan(line["amount_fen"]),
            _local(line["charged_at"]),
            line["practitioner_code"],
            line["department_code"],
        ]


def _local(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"

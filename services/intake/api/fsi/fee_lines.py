"""Transactions of fee lines: 2204, 2205 of visits, 2301, 2302 of stays."""

from typing import Any

from services.intake import wiring
from services.intake.api.fsi.handler import Call, Output
from services.intake.api.fsi.visit_answers import message_of, yuan
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.visit_parts import ALL, FeeLine, VisitKind, fee_line, person_of, visit_id_of
from services.intake.use_cases.visits.keep_lines import PostedLine

_NOT_OURS = (
    "pric_uplmt_amt",
    "selfpay_prop",
    "fulamt_ownpay_amt",
    "overlmt_amt",
    "preselfpay_amt",
    "inscp_scp_amt",
    "chrgitm_lv",
    "med_chrgitm_type",
    "bas_medn_flag",
    "hi_nego_drug_flag",
    "chld_medc_flag",
    "list_sp_item_flag",
    "lmt_used_flag",
    "drt_reim_flag",
)
"""What the fund's own catalogue decides: answered as it was sent, and empty where it was not."""
NOTHING_TO_CANCEL = "没有可撤销的明细 / No line was there to be cancelled"


async def outpatient_lines(call: Call) -> Output:
    """2204 门诊费用明细信息上传."""
    return await _lines(call, "outpatient")


async def inpatient_lines(call: Call) -> Output:
    """2301 住院费用明细上传; a refund line has a negative quantity and names the line it takes back."""
    return await _lines(call, "inpatient")


async def _lines(call: Call, kind: VisitKind) -> Output:
    nodes = call.input.required_children("feedetail")
    posted = [
        PostedLine(visit_id_of(node), person_of(node), fee_line(node, kind=kind), node.values, node.at)
        for node in nodes
    ]
    call.input.sound()
    keep = wiring.build_keep_lines(call.resources)
    await keep(message_of(call), posted, kind=kind)
    return Output({"result": [_kept(node, one.line) for node, one in zip(nodes, posted, strict=True)]})


def _kept(node: Node, line: FeeLine) -> dict[str, Any]:
    values = node.values
    return {
        "feedetl_sn": line.serial,
        "det_item_fee_sumamt": yuan(line.amount_fen),
        "cnt": line.quantity.decode(),
        "pric": line.unit_price.decode(),
        **dict(zip(_NOT_OURS, map(values.get, _NOT_OURS), strict=True)),
        "memo": "",
    }


async def cancel_batch(call: Call) -> Output:
    """2205 门诊费用明细信息撤销: one batch, or with ``0000`` all that is not settled."""
    entry = call.input.required_child("data")
    visit_id, person = visit_id_of(entry), person_of(entry)
    batch = entry.required_text("chrg_bchno", longest=30)
    call.input.sound()
    cancel = wiring.build_cancel_lines(call.resources)
    cancelled = await cancel(
        call.institution_code,
        visit_id,
        kind="outpatient",
        person=person,
        at=entry.at,
        batch=None if batch == ALL else batch,
    )
    return Output(warnings=[] if cancelled else [NOTHING_TO_CANCEL])


async def cancel_serials(call: Call) -> Output:
    """2302 住院费用明细撤销: lines by their serial, or with ``0000`` all that are not settled."""
    entries = call.input.required_children("data")
    named: dict[tuple[str, str], set[str]] = {}
    at: dict[tuple[str, str], str] = {}
    for entry in entries:
        serial = entry.required_text("feedetl_sn", longest=30)
        visit = visit_id_of(entry), person_of(entry)
        named.setdefault(visit, set()).add(serial)
        at.setdefault(visit, entry.at)
    call.input.sound()
    cancel = wiring.build_cancel_lines(call.resources)
    cancelled = 0
    for (visit_id, person), serials in named.items():
        cancelled += await cancel(
            call.institution_code,
            visit_id,
            kind="inpatient",
            person=person,
            at=at[visit_id, person],
            serials=None if ALL in serials else serials,
        )
    return Output(warnings=[] if cancelled else [NOTHING_TO_CANCEL])

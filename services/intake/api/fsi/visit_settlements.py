"""Transactions of settlement: 2206, 2207, 2208 of visits, 2303, 2304, 2305 of stays."""

from services.intake import wiring
from services.intake.api.fsi import visit_answers
from services.intake.api.fsi.handler import Call, Output
from services.intake.api.fsi.visit_answers import message_of
from services.intake.domain.fsi.visit_parts import VisitKind, person_of, visit_id_of
from services.intake.domain.fsi.visit_settlement import read_settlement


async def preview_visit(call: Call) -> Output:
    """2206 门诊预结算."""
    return await _preview(call, "outpatient")


async def preview_stay(call: Call) -> Output:
    """2303 住院预结算."""
    return await _preview(call, "inpatient")


async def settle_visit(call: Call) -> Output:
    """2207 门诊结算."""
    return await _settle(call, "outpatient")


async def settle_stay(call: Call) -> Output:
    """2304 住院结算."""
    return await _settle(call, "inpatient")


async def reverse_visit(call: Call) -> Output:
    """2208 门诊结算撤销."""
    return await _reverse(call, "outpatient")


async def reverse_stay(call: Call) -> Output:
    """2305 住院结算撤销."""
    return await _reverse(call, "inpatient")


async def _preview(call: Call, kind: VisitKind) -> Output:
    sent = read_settlement(call.input, kind=kind)
    call.input.sound()
    preview = wiring.build_preview_settlement(call.resources)
    seen = await preview(message_of(call), call.input.values, sent, kind=kind, at=f"{call.input.at}/data")
    return visit_answers.previewed(sent, call.input.values, seen.missing)


async def _settle(call: Call, kind: VisitKind) -> Output:
    sent = read_settlement(call.input, kind=kind)
    call.input.sound()
    settle = wiring.build_settle_visit(call.resources)
    settled = await settle(message_of(call), call.input.values, sent, kind=kind, at=f"{call.input.at}/data")
    return visit_answers.settled(settled, sent, call.input.values)


async def _reverse(call: Call, kind: VisitKind) -> Output:
    entry = call.input.required_child("data")
    visit_id, person = visit_id_of(entry), person_of(entry)
    settlement_id = entry.required_text("setl_id", longest=30)
    call.input.sound()
    reverse = wiring.build_reverse_visit_settlement(call.resources)
    undone = await reverse(call.institution_code, visit_id, settlement_id, kind=kind, person=person, at=entry.at)
    return visit_answers.reversed_(undone, visit_id)

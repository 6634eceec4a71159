"""Transactions of registration: 2201, 2202, 2203A, 2401 to 2405."""

from services.intake import wiring
from services.intake.api.fsi.handler import Call, Output
from services.intake.api.fsi.visit_answers import message_of
from services.intake.domain.fsi import visit_parts
from services.intake.domain.fsi.visit_parts import LONGEST_VISIT_ID, VisitKind, person_of, visit_id_of


async def register(call: Call) -> Output:
    """2201 挂号: open a visit and answer its id."""
    entry = call.input.required_child("data")
    registration = visit_parts.outpatient_registration(entry)
    visit_id = entry.text("mdtrt_id", longest=LONGEST_VISIT_ID)
    call.input.sound()
    use_case = wiring.build_register_visit(call.resources)
    visit_id = await use_case(
        message_of(call), call.input.values, registration, kind="outpatient", visit_id=visit_id, at=entry.at
    )
    node = {"mdtrt_id": visit_id, "psn_no": registration.person, "ipt_otp_no": registration.in_house_number}
    return Output({"data": node})


async def admit(call: Call) -> Output:
    """2401 入院办理: open a stay and answer its id; 2403 入院信息变更 sends the same of a stay that is known."""
    changed = call.envelope.infno == "2403"
    entry = call.input.required_child("adminfo" if changed else "mdtrtinfo")
    registration = visit_parts.admission(entry, call.input.children("diseinfo"))
    visit_id = visit_id_of(entry) if changed else entry.text("mdtrt_id", longest=LONGEST_VISIT_ID)
    call.input.sound()
    use_case = wiring.build_register_visit(call.resources)
    visit_id = await use_case(
        message_of(call), call.input.values, registration, kind="inpatient", visit_id=visit_id, at=entry.at
    )
    return Output(None if changed else {"result": {"mdtrt_id": visit_id}})


async def visit_information(call: Call) -> Output:
    """2203A 就诊信息上传: what the physician found."""
    entry = call.input.required_child("mdtrtinfo")
    visit_id, person = visit_id_of(entry), person_of(entry)
    visit_parts.visit_information(entry, call.input.required_children("diseinfo"))
    call.input.sound()
    keep = wiring.build_keep_part(call.resources)
    await keep(
        message_of(call),
        call.input.values,
        part="information",
        kind="outpatient",
        visit_id=visit_id,
        person=person,
        at=entry.at,
    )
    return Output()


async def discharge(call: Call) -> Output:
    """2402 出院办理."""
    entry = call.input.required_child("dscginfo")
    visit_id, person = visit_id_of(entry), person_of(entry)
    visit_parts.discharge(entry, call.input.children("diseinfo"))
    call.input.sound()
    keep = wiring.build_keep_part(call.resources)
    await keep(
        message_of(call),
        call.input.values,
        part="discharge",
        kind="inpatient",
        visit_id=visit_id,
        person=person,
        at=entry.at,
    )
    return Output()


async def cancel_registration(call: Call) -> Output:
    """2202 门诊挂号撤销."""
    return await _cancel(call, "outpatient")


async def cancel_admission(call: Call) -> Output:
    """2404 入院撤销."""
    return await _cancel(call, "inpatient")


async def cancel_discharge(call: Call) -> Output:
    """2405 出院撤销."""
    entry = call.input.required_child("data")
    visit_id, person = visit_id_of(entry), person_of(entry)
    call.input.sound()
    cancel = wiring.build_cancel_visit(call.resources)
    await cancel.discharge(call.institution_code, visit_id, person=person, at=entry.at)
    return Output()


async def _cancel(call: Call, kind: VisitKind) -> Output:
    entry = call.input.required_child("data")
    visit_id, person = visit_id_of(entry), person_of(entry)
    call.input.sound()
    cancel = wiring.build_cancel_visit(call.resources)
    await cancel(call.institution_code, visit_id, kind=kind, person=person, at=entry.at)
    return Output()

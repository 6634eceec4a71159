"""Transactions of the stock: 3501 to 3507, and 3501A to 3506A with many records in one message."""

from collections.abc import Mapping, Sequence

from services.intake import wiring
from services.intake.api.fsi.handler import Call, Output
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.refusal import Refused
from services.intake.domain.fsi.stock_parts import DELETED_BY_TYPE, FORMS, FsiMovement, movement, movement_id, scanned
from services.intake.domain.problem import TEXTS, Problem
from services.intake.use_cases.take_movements import PostedOrNot

BATCH = "A"
"""Ends the number of a transaction in its batch form."""
TAKEN = {"result": {"retRslt": "1", "msgRslt": "成功"}}

_NAMES: Mapping[str, str] = {
    "movement_id": "fixmedins_bchno",
    "item_code": "med_list_codg",
    "hospital_item_code": "fixmedins_hilist_id",
    "batch_number": "manu_lotnum",
    "produced_on": "manu_date",
    "expires_on": "expy_end",
    "traceability_codes": "drugtracinfo",
    "change_reason": "inv_chg_type",
    "supplier_permit": "spler_pmtno",
    "prescription_number": "rxno",
    "settlement_id": "setl_id",
    "visit_id": "mdtrt_sn",
}
"""Field of a movement to the interface's; the rest differs between transactions."""


async def moved(call: Call) -> Output:
    """Take the records of 3501 to 3506; those that stand already are passed over."""
    infno = call.envelope.infno.removesuffix(BATCH)
    nodes = _records(call.input, infno)
    beside = scanned(call.input) if len(nodes) == 1 else ()
    movements = [movement(node, infno, call.institution_code, scanned_beside=beside) for node in nodes]
    call.input.sound()
    warnings = await _take(call, movements, [node.at for node in nodes], _named(infno))
    return Output(TAKEN if call.envelope.infno.endswith(BATCH) else None, warnings=warnings)


async def deleted(call: Call) -> Output:
    """3507: take a record back by a counter-entry; the record itself stays."""
    entry = call.input.required_child("data")
    record = entry.required_text("fixmedins_bchno")
    data_type = entry.required_text("inv_data_type")
    if data_type and data_type not in DELETED_BY_TYPE:
        entry.note("inv_data_type", "code_unknown")
    call.input.sound()
    candidates = [movement_id(infno, record) for infno in DELETED_BY_TYPE[data_type]]
    deletion_id = movement_id(call.envelope.infno, call.envelope.msgid)
    read = wiring.build_read_stock(call.resources)
    target = await read.to_be_deleted(call.institution_code, candidates, deletion_id=deletion_id)
    if target is None:
        # A resend: the deletion stands already.
        return Output()
    deletion = FsiMovement(
        movement_id=deletion_id,
        institution_code=call.institution_code,
        kind="delete",
        moved_at=call.envelope.sent_at or call.received_at,
        refers_to=target,
    )
    return Output(warnings=await _take(call, [deletion], [entry.at], {"refers_to": "fixmedins_bchno"}))


def _records(input_node: Node, infno: str) -> Sequence[Node]:
    """Return the records: the node itself, a list of them, or the list of the batch form."""
    single, batch = FORMS[infno].nodes
    return input_node.children(batch) or input_node.required_children(single)


def _named(infno: str) -> dict[str, str]:
    form = FORMS[infno]
    differing = {
        "quantity": form.quantity,
        "moved_at": form.moved_at,
        "unit_price": form.unit_price,
        "document_number": form.document,
        "refers_to": form.original,
    }
    return {**_NAMES, **{ours: theirs for ours, theirs in differing.items() if theirs is not None}}


async def _take(
    call: Call, movements: Sequence[FsiMovement], places: Sequence[str], named: Mapping[str, str]
) -> list[str]:
    """Take movements; return their doubts as warnings. Raises Refused with what stands against any of them."""
    take = wiring.build_take_movements(call.resources)
    answers = await take([PostedOrNot(one) for one in movements], only_institution=call.principal.institution)
    problems: list[Problem] = []
    warnings: list[str] = []
    for answer, at in zip(answers, places, strict=True):
        if answer.status == "conflict":
            problems.append(Problem(f"{at}/fixmedins_bchno", answer.code or "movement_differs"))
        problems += [Problem(_pointer(one.pointer, at, named), one.code) for one in answer.problems]
        warnings += [f"{_pointer(one.pointer, at, named)} {TEXTS[one.code][0]}[{one.code}]" for one in answer.doubts]
    if problems:
        raise Refused(problems)
    return warnings


def _pointer(ours: str, at: str, named: Mapping[str, str]) -> str:
    """Return the place in the message for a place in a movement."""
    _, field, *deeper = ours.split("/")
    return "/".join([at, named.get(field, field), *deeper])

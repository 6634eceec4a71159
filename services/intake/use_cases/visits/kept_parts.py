"""Reads the parts of a visit back from how they are kept, and says what is wrong in the words of the interface."""

from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from services.intake.domain.fsi import visit_parts
from services.intake.domain.fsi.assembly import VisitParts
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.visit_settlement import VisitSettlement, read_settlement
from services.intake.domain.problem import Problem
from services.intake.storage.visits import StoredPart, StoredVisit
from services.intake.use_cases.accept_settlements import Answer
from services.intake.use_cases.visits.kept_lines import LINE_KINDS, open_lines
from services.intake.use_cases.visits.visit_message import KeptMessage, open_part
from services.kit.sealing import Sealer

_ID_BYTES = 15
"""Twenty-four characters, within the interface's thirty."""
_LINE_FIELDS = {
    "item_code": "med_list_codg",
    "quantity": "cnt",
    "unit_price": "pric",
    "amount_fen": "det_item_fee_sumamt",
    "charged_at": "fee_ocur_time",
    "practitioner_code": "bilg_dr_codg",
    "department_code": "bilg_dept_codg",
    "prescription_number": "rxno",
    "hospital_item_code": "medins_list_codg",
}
_SETTLEMENT_FIELDS = {
    "/settlement_id": "/setlinfo/setl_id",
    "/insured_person/number": "/data/psn_no",
    "/insured_person/birth_date": "/setlinfo/brdy",
    "/insurance_type": "/data/insutype",
    "/medical_type": "/data/med_type",
    "/settled_at": "/setlinfo/setl_time",
    "/total_fen": "/data/medfee_sumamt",
    "/fund_paid_fen": "/setlinfo/fund_pay_sumamt",
    "/account_paid_fen": "/setlinfo/acct_pay",
    "/cash_paid_fen": "/setlinfo/psn_cash_pay",
}


def gather(
    visit: StoredVisit,
    parts: Sequence[StoredPart],
    part: StoredPart,
    taken: set[str],
    sealer: Sealer,
    *,
    read: tuple[KeptMessage, VisitSettlement] | None = None,
) -> VisitParts:
    """Read what belongs to one settlement: of lines those of its batch, or of a stay all, that no other has taken.

    ``read`` is the settlement's own part where it has just come and need not be opened.
    """
    kind: visit_parts.VisitKind = "outpatient" if visit.kind == "outpatient" else "inpatient"
    if read is None:
        kept = open_part(part.sealed, sealer)
        read = kept, settlement_of(kept, kind=kind)
    kept, sent = read
    gathered = VisitParts(
        kind=kind,
        institution_code=visit.institution_code,
        is_pharmacy=visit.institution_code.startswith("P"),
        settlement=sent,
        settlement_id=part.part_key,
        insured_region=kept.insured_region or "",
        settled_at=settled_at(sent, kept, part.received_at),
        treatment_region=kept.treatment_region or "",
        message_id=kept.message_id or None,
    )
    for one in lines_of(visit, parts, part, taken):
        gathered.lines += [visit_parts.fee_line(Node(node, ""), kind=kind) for node in open_lines(one, sealer)]
    regions = [kept.treatment_region]
    for one in parts:
        if one.kind != "settlement" and one.kind not in LINE_KINDS:
            other = open_part(one.sealed, sealer)
            _add(gathered, one.kind, other.node)
            regions = [other.insured_region, *regions] if one.kind == "registration" else regions
    gathered.insured_region = gathered.insured_region or next((region for region in regions if region), "")
    return gathered


def lines_of(visit: StoredVisit, parts: Sequence[StoredPart], part: StoredPart, taken: set[str]) -> list[StoredPart]:
    """Return the parts that are the lines of one settlement."""
    whole = visit.kind == "inpatient"
    return [
        one
        for one in parts
        if one.kind in LINE_KINDS
        and one.state == "free"
        and (whole or one.batch == part.batch)
        and one.part_key not in taken
    ]


def settlement_of(kept: KeptMessage, *, kind: visit_parts.VisitKind) -> VisitSettlement:
    """Read a settlement's own part."""
    return read_settlement(Node(kept.node, "/input"), kind=kind)


def settled_at(sent: VisitSettlement, kept: KeptMessage, received_at: datetime) -> datetime:
    """Return when it was settled, else when it was sent, else when it came."""
    if sent.settled_at is not None:
        return sent.settled_at
    return datetime.fromisoformat(kept.sent_at) if kept.sent_at else received_at


def made_id(visit_ref: UUID, slot: str, known: Sequence[StoredPart]) -> str:
    """Return the id of a settlement that has none: the same for the same slot until that was reversed."""
    turn = sum(part.state == "reversed" and part.batch == slot for part in known)
    made = blake2b(f"{visit_ref}|{slot}|{turn}".encode(), digest_size=_ID_BYTES, person=b"settlement-id").digest()
    return b32encode(made).decode()


def _add(gathered: VisitParts, kind: str, values: Mapping[str, Any]) -> None:
    node = Node(values, "/input")
    diagnoses = node.children("diseinfo")
    if kind == "registration":
        if gathered.kind == "outpatient":
            gathered.registration = visit_parts.outpatient_registration(node.required_child("data"))
        else:
            entry = node.child("mdtrtinfo") or node.required_child("adminfo")
            gathered.registration = visit_parts.admission(entry, diagnoses)
    elif kind == "information":
        gathered.information = visit_parts.visit_information(node.required_child("mdtrtinfo"), diagnoses)
    elif kind == "discharge":
        gathered.discharge = visit_parts.discharge(node.required_child("dscginfo"), diagnoses)


def told_of(answer: Answer, serials: Sequence[str]) -> list[Problem]:
    """Return why a settlement was not accepted, at the fields the institution sent; a line is named by its serial."""
    if answer.status == "conflict":
        return [Problem("/input/data/mdtrt_id", "settlement_differs")]
    return [Problem(_pointer(problem.pointer, serials), problem.code) for problem in answer.problems]


def _pointer(pointer: str, serials: Sequence[str]) -> str:
    steps = pointer.split("/")
    if len(steps) > 2 and steps[1] == "lines" and steps[2].isdigit() and int(steps[2]) < len(serials):  # noqa: PLR2004
        rest = [_LINE_FIELDS.get(step, step) for step in steps[3:]]
        return "/".join(["/input/feedetail", serials[int(steps[2])], *rest])
    return "/input" + _SETTLEMENT_FIELDS.get(pointer, pointer)

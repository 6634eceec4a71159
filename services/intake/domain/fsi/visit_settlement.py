"""The settlement of a visit (2207, 2304) as it was sent: its sums, and the payments where the sender knows them."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.intake.domain import codes
from services.intake.domain.fsi.fields import is_bare_date
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.person import PersonTraits, traits
from services.intake.domain.fsi.visit_parts import VisitKind, person_of, visit_id_of

_PAYMENTS = ("fund_pay_sumamt", "acct_pay", "psn_cash_pay")
FINAL_SLOT = ""
"""Slot of a stay's last settlement; an interim one (中途结算) has a slot of its own."""
_END_OF_DAY = timedelta(days=1) - timedelta(seconds=1)


class Payments(NamedTuple):
    """Who pays, in fen."""

    fund_fen: int
    account_fen: int
    cash_fen: int


class Scan(NamedTuple):
    """One traceability code that was scanned for a line (``drug_trac_info``)."""

    serial: str
    code: str
    split_pack: bool


class VisitSettlement(NamedTuple):
    """One settlement of a visit."""

    visit_id: str
    person: str
    settlement_id: str | None
    """``setl_id`` where the sender has one from the fund's system; ours to give otherwise."""
    slot: str
    """What can have one settlement only: a batch of an outpatient visit, a stay's end, an interim settlement."""
    insurance_type: str
    medical_type: str | None
    total_fen: int
    payments: Payments | None
    """None where the message says nothing of payments."""
    in_scope_fen: int | None
    """``inscp_scp_amt`` (符合政策范围金额)."""
    settled_at: datetime | None
    discharged_at: datetime | None
    """``dscg_time`` of a stay; the end of that day where it came without a time."""
    interim: bool
    traits: PersonTraits
    scans: tuple["Scan", ...]
    """Traceability codes (药品追溯码) by the serial of their line."""


def read_settlement(input_node: Node, *, kind: VisitKind) -> VisitSettlement:
    """Read the node ``data``, and beside it ``setlinfo`` where the sender passes on what the fund's system answered."""
    entry = input_node.required_child("data")
    told = input_node.child("setlinfo") or Node({}, f"{input_node.at}/setlinfo", input_node.problems)
    interim = kind == "inpatient" and entry.text("mid_setl_flag") == "1"
    total = entry.required_fen("medfee_sumamt")
    if total < 0:
        entry.note("medfee_sumamt", "amount_range")
    return VisitSettlement(
        visit_id=visit_id_of(entry),
        person=person_of(entry),
        settlement_id=told.text("setl_id", longest=30) or entry.text("setl_id", longest=30),
        slot=_slot(entry, kind=kind, interim=interim),
        insurance_type=entry.required_text("insutype", longest=6),
        medical_type=entry.text("med_type", longest=6) or told.text("med_type", longest=6),
        total_fen=total,
        payments=_payments(told, entry, total),
        in_scope_fen=entry.fen("inscp_scp_amt"),
        settled_at=told.instant("setl_time") or entry.instant("setl_time"),
        discharged_at=_discharged_at(entry),
        interim=interim,
        traits=traits([told, entry]),
        scans=_scans(input_node),
    )


def presumed_payments(settlement: VisitSettlement) -> Payments:
    """Return what was sent, or at most what the fund may pay: an amount that is too small would hide a finding."""
    if settlement.payments is not None:
        return settlement.payments
    fund = min(max(settlement.in_scope_fen or 0, 0), settlement.total_fen)
    return Payments(fund, 0, settlement.total_fen - fund)


def _scans(input_node: Node) -> tuple[Scan, ...]:
    """Read the codes; the node has two names, and one maker misspells the field."""
    found = []
    for node in (*input_node.children("drug_trac_info"), *input_node.children("drugtracinfo")):
        name = "drug_trac_code" if "drug_trac_codg" not in node.values else "drug_trac_codg"
        code = node.required_text(name, longest=codes.LONGEST_TRACEABILITY)
        if code and not codes.is_traceability(code):
            node.note(name, "traceability_form")
        found.append(Scan(node.required_text("feedetl_sn", longest=30), code, node.text("trdn_flag") == "1"))
    return tuple(found)


def _slot(entry: Node, *, kind: VisitKind, interim: bool) -> str:
    if kind == "outpatient":
        return entry.required_text("chrg_bchno", longest=30)
    if not interim:
        return FINAL_SLOT
    return f"interim:{entry.text('invono', longest=20) or entry.text('medfee_sumamt') or ''}"


def _payments(told: Node, entry: Node, total_fen: int) -> Payments | None:
    """Return the payments; of fund, account and cash one may be left out and follows from the total."""
    source = next((node for node in (told, entry) if any(node.values.get(name) for name in _PAYMENTS)), None)
    if source is None:
        return None
    fund, account, cash = (source.fen(name) for name in _PAYMENTS)
    if fund is None and cash is None:
        return None
    account = account or 0
    if fund is None:
        fund = total_fen - account - (cash or 0)
    if cash is None:
        cash = total_fen - account - fund
    # What the hospital bears itself is paid by nobody else: it belongs to what the fund does not pay.
    if fund + account + cash != total_fen and fund + account + cash + (source.fen("hosp_part_amt") or 0) == total_fen:
        cash = total_fen - fund - account
    return Payments(fund, account, cash)


def _discharged_at(entry: Node) -> datetime | None:
    instant = entry.instant("dscg_time")
    if instant is not None and is_bare_date(entry.values.get("dscg_time")):
        return instant + _END_OF_DAY
    return instant

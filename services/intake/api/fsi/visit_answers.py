"""Answers of visits and settlements in the words of the interface: amounts in yuan, instants in Shanghai's time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.intake.api.fsi.handler import Call, Output
from services.intake.domain.fsi.fields import BUSINESS_OFFSET
from services.intake.domain.fsi.visit_settlement import VisitSettlement
from services.intake.domain.problem import TEXTS, Problem
from services.intake.use_cases.visits.reverse_visit_settlement import ReversedSettlement
from services.intake.use_cases.visits.settle_visit import SettledVisit
from services.intake.use_cases.visits.visit_message import VisitMessage
from services.kit.telemetry import current_traceparent


def message_of(call: Call) -> VisitMessage:
    """Return what a visit keeps of a message."""
    return VisitMessage(
        institution_code=call.institution_code,
        message_id=call.envelope.msgid,
        received_at=call.received_at,
        sent_at=call.envelope.sent_at,
        insured_region=call.envelope.insured_region,
        treatment_region=call.envelope.treatment_region,
        traceparent=current_traceparent(),
    )


def settled(settled_visit: SettledVisit, sent: VisitSettlement, values: Mapping[str, Any]) -> Output:
    """Answer a settlement: the amounts as they were sent, ours only the ids, and what is still missing."""
    standing = settled_visit.standing
    info = _amounts(sent, values, sign=1) | {
        "setl_id": settled_visit.settlement_id,
        "setl_time": local(settled_visit.settled_at),
        "medins_setl_id": settled_visit.message_id,
    }
    node = {
        "setlinfo": info,
        "setldetail": values.get("setldetail") or [],
        "intakeinfo": {
            "state": standing.status,
            "settlement_ref": None if standing.settlement_ref is None else str(standing.settlement_ref),
            "missing": list(standing.missing),
            "doubts": [{"pointer": doubt.pointer, "code": doubt.code} for doubt in standing.doubts],
            "verdict": standing.verdict,
            "finding_count": standing.finding_count,
        },
    }
    return Output(node, warnings=warnings(standing.missing, standing.doubts))


def previewed(sent: VisitSettlement, values: Mapping[str, Any], missing: Iterable[str]) -> Output:
    """Answer a look at a settlement; it has no id yet."""
    codes = list(missing)
    node = {
        "setlinfo": _amounts(sent, values, sign=1),
        "setldetail": values.get("setldetail") or [],
        "intakeinfo": {"state": "preview", "settlement_ref": None, "missing": codes, "doubts": []},
    }
    return Output(node, warnings=warnings(codes))


def reversed_(undone: ReversedSettlement, visit_id: str) -> Output:
    """Answer a reversal: an id of its own and the amounts negative."""
    info: dict[str, Any] = {"medfee_sumamt": yuan(-undone.total_fen)}
    if undone.sent is not None:
        info = _amounts(undone.sent, {}, sign=-1)
    info |= {
        "mdtrt_id": visit_id,
        "setl_id": undone.reversal_id,
        "setl_time": local(undone.reversed_at),
        "medins_setl_id": undone.message_id,
    }
    return Output({"setlinfo": info, "setldetail": []})


def warnings(codes: Iterable[str], doubts: Iterable[Problem] = ()) -> list[str]:
    """Return the texts of what is missing and of what is doubtful, each once."""
    named = [f"{TEXTS[code][0]}[{code}]" for code in codes]
    named += [f"{doubt.zh}[{doubt.code}]" for doubt in doubts]
    return list(dict.fromkeys(named))


def yuan(fen: int) -> str:
    """Return an amount as the interface writes it."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def local(instant: datetime) -> str:
    """Return an instant as the interface writes it, in Shanghai's time."""
    return f"{instant.astimezone(BUSINESS_OFFSET):%Y-%m-%d %H:%M:%S}"


def _amounts(sent: VisitSettlement, values: Mapping[str, Any], *, sign: int) -> dict[str, Any]:
    """Return what is held of a settlement: every field of the sender's own setlinfo, and the amounts we read."""
    told = values.get("setlinfo")
    info: dict[str, Any] = dict(told) if isinstance(told, dict) else {}
    info |= {
        "mdtrt_id": sent.visit_id,
        "psn_no": sent.person,
        "insutype": sent.insurance_type,
        "med_type": sent.medical_type,
        "medfee_sumamt": yuan(sign * sent.total_fen),
        "inscp_scp_amt": None if sent.in_scope_fen is None else yuan(sign * sent.in_scope_fen),
    }
    if sent.payments is not None:
        info |= {
            "fund_pay_sumamt": yuan(sign * sent.payments.fund_fen),
            "psn_part_amt": yuan(sign * (sent.total_fen - sent.payments.fund_fen)),
            "acct_pay": yuan(sign * sent.payments.account_fen),
            "psn_cash_pay": yuan(sign * sent.payments.cash_fen),
        }
    return info

"""Transactions of the reconciliation: 3201 of totals, 3202 of details."""

from datetime import timedelta

from services.intake.api.fsi.handler import Call, Output
from services.intake.api.fsi.visit_answers import local, yuan
from services.intake.domain.codes import is_settlement_id
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.refusal import refused
from services.intake.domain.quarantine import Viewer
from services.intake.domain.reconciliation import (
    CLEARING_TYPES,
    Amounts,
    Scope,
    Totals,
    period_problems,
)
from services.intake.use_cases.reconciliation.read import Detail
from services.intake.use_cases.reconciliation.reconcile import FILES_KEPT_FOR, Statement
from services.kit.clock import business_date

MATCHED = "0"
DIFFERS = "1"
"""``stmt_rslt`` (对账结果) of a statement."""
_ROW_RESULTS = {"missing_there": "101", "missing_here": "102", "amount_differs": "103"}
"""``stmt_rslt`` of one settlement: the fund's side has more, the institution's has more, the amounts differ."""
_CLEARING = frozenset({*CLEARING_TYPES.values(), "99"})
_LONGEST_TEXT = 200
_COUNT = 0


async def totals(call: Call) -> Output:
    """3201 医药机构费用结算对总账."""
    entry = call.input.required_child("data")
    insurance_type = entry.required_text("insutype", longest=6)
    clearing_type = entry.required_text("clr_type", longest=6)
    scope = _scope(call, entry, insurance_type=insurance_type, clearing_type=clearing_type)
    stated = _totals(entry, account=entry.fen("acct_pay"), cash=None)
    call.input.sound()
    detail = await _reconcile(call, Statement(scope, stated, None, "fsi", call.principal.subject))
    return Output(
        {
            "stmtinfo": {
                "setl_optins": entry.text("setl_optins") or "",
                "stmt_rslt": MATCHED if detail.stored.state == "matched" else DIFFERS,
                "stmt_rslt_dscr": _described(detail),
            }
        }
    )


async def details(call: Call) -> Output:
    """3202 医药机构费用结算对明细账: rows within the message, or uploaded before under ``file_qury_no``."""
    entry = call.input.required_child("data")
    scope = _scope(call, entry, insurance_type="", clearing_type=entry.text("clr_type", longest=6) or "")
    stated = _totals(entry, account=None, cash=entry.fen("cash_payamt"))
    rows = call.input.children("detail")
    listed: dict[str, Amounts] = {}
    for row in rows:
        settlement_id = row.required_text("setl_id", longest=64)
        if settlement_id and not is_settlement_id(settlement_id):
            row.note("setl_id", "settlement_id_form")
        elif settlement_id in listed:
            row.note("setl_id", "stated_twice")
        listed[settlement_id] = Amounts(
            row.required_fen("medfee_sumamt"), row.fen("fund_pay_sumamt"), row.fen("acct_pay")
        )
    number = entry.text("file_qury_no", longest=30) if rows else entry.required_text("file_qury_no", longest=30)
    call.input.sound()
    if not rows:
        uploaded = await call.resources.reconciliations.read.file(call.institution_code, number or "")
        if uploaded is None:
            raise refused(f"{entry.at}/file_qury_no", "file_unknown")
        listed = uploaded
    detail = await _reconcile(call, Statement(scope, stated, listed, "fsi", call.principal.subject))
    until = call.received_at + FILES_KEPT_FOR
    return Output(
        {
            "fileinfo": {
                "file_qury_no": number or detail.stored.reconciliation_id.hex[:30],
                "filename": f"/intake/v1/reconciliations/{detail.stored.reconciliation_id}",
                "dld_endtime": local(until - timedelta(microseconds=until.microsecond)),
            },
            "result": _rows(detail, refunds=scope.refunds),
        },
        warnings=[] if detail.stored.state == "matched" else [_described(detail)],
    )


def _scope(call: Call, entry: Node, *, insurance_type: str, clearing_type: str) -> Scope:
    if clearing_type and clearing_type not in _CLEARING:
        entry.note("clr_type", "code_unknown")
    first, last = entry.day("stmt_begndate"), entry.day("stmt_enddate")
    for name, day in (("stmt_begndate", first), ("stmt_enddate", last)):
        if day is None and not any(problem.pointer == f"{entry.at}/{name}" for problem in entry.problems):
            entry.note(name, "missing")
    today = business_date(call.received_at)
    first = first or today
    last = last or first
    places = (f"{entry.at}/stmt_begndate", f"{entry.at}/stmt_enddate")
    entry.problems += period_problems(first, last, today=today, names=places)
    return Scope(
        call.institution_code,
        first,
        last,
        insurance_type,
        clearing_type,
        refunds=entry.text("refd_setl_flag") == "1",
    )


def _totals(entry: Node, *, account: int | None, cash: int | None) -> Totals:
    return Totals(
        settlements=entry.required_scaled("fixmedins_setl_cnt", _COUNT),
        total_fen=entry.required_fen("medfee_sumamt"),
        fund_fen=entry.required_fen("fund_pay_sumamt"),
        account_fen=account,
        cash_fen=cash,
    )


async def _reconcile(call: Call, statement: Statement) -> Detail:
    desk = call.resources.reconciliations
    reconciled = await desk.reconcile(statement)
    viewer = Viewer(call.institution_code, None)
    return await desk.read.one(reconciled.stored.reconciliation_id, viewer, states=("open", "explained"))


def _described(detail: Detail) -> str:
    """Say how both sides stand, within the interface's length."""
    stored = detail.stored
    if stored.state == "matched":
        return "对账一致 / matched"
    ours, theirs = stored.held, stored.stated
    parts = [f"笔数 机构{theirs['settlements']} 平台{ours['settlements']}"]
    for name, zh in (("total_fen", "总额"), ("fund_fen", "基金"), ("account_fen", "账户"), ("cash_fen", "现金")):
        stated, held = theirs[name], ours[name] or 0
        if stated is not None and stated != held:
            parts.append(f"{zh} 机构{yuan(stated)} 平台{yuan(held)}")
    return f"不一致：{'，'.join(parts)}"[:_LONGEST_TEXT]


def _rows(detail: Detail, *, refunds: bool) -> list[dict[str, str | None]]:
    return [
        {
            "setl_id": one.settlement_id,
            "stmt_rslt": _ROW_RESULTS[one.kind],
            "refd_setl_flag": "1" if refunds else "0",
            "memo": "已说明 / explained" if one.state == "explained" else "",
            "medfee_sumamt": _amount(one.held or one.stated, "total_fen"),
            "fund_pay_sumamt": _amount(one.held or one.stated, "fund_fen"),
            "acct_pay": _amount(one.held or one.stated, "account_fen"),
        }
        for one in detail.differences
        if one.kind in _ROW_RESULTS
    ]


def _amount(amounts: dict[str, int | None] | None, name: str) -> str | None:
    fen = None if amounts is None else amounts.get(name)
    return None if fen is None else yuan(fen)

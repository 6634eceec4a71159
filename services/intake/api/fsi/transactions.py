"""Which handler takes which transaction (交易编号)."""

from services.intake.api.fsi import (
    fee_lines,
    registrations,
    settlement_lists,
    sign_ins,
    statements,
    stock,
    visit_settlements,
)
from services.intake.api.fsi.handler import Handler

TRANSACTIONS: dict[str, Handler] = {
    "2201": registrations.register,
    "2202": registrations.cancel_registration,
    "2203A": registrations.visit_information,
    "2204": fee_lines.outpatient_lines,
    "2205": fee_lines.cancel_batch,
    "2206": visit_settlements.preview_visit,
    "2207": visit_settlements.settle_visit,
    "2208": visit_settlements.reverse_visit,
    "2301": fee_lines.inpatient_lines,
    "2302": fee_lines.cancel_serials,
    "2303": visit_settlements.preview_stay,
    "2304": visit_settlements.settle_stay,
    "2305": visit_settlements.reverse_stay,
    "2401": registrations.admit,
    "2402": registrations.discharge,
    "2403": registrations.admit,
    "2404": registrations.cancel_admission,
    "2405": registrations.cancel_discharge,
    "3201": statements.totals,
    "3202": statements.details,
    "3501": stock.moved,
    "3501A": stock.moved,
    "3502": stock.moved,
    "3502A": stock.moved,
    "3503": stock.moved,
    "3503A": stock.moved,
    "3504": stock.moved,
    "3504A": stock.moved,
    "3505": stock.moved,
    "3505A": stock.moved,
    "3506": stock.moved,
    "3506A": stock.moved,
    "3507": stock.deleted,
    "4101": settlement_lists.filed,
    "4101A": settlement_lists.filed,
    "9001": sign_ins.sign_in,
    "9002": sign_ins.sign_out,
}
"""By ``infno``; one handler may take several where their structure is the same."""

WITHOUT_SIGN_IN = frozenset({"9001", "9002"})
"""Transactions that need no sign-in where the installation asks for one."""

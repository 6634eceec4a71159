"""Transactions 4101 and 4101A: the settlement list, without the names and addresses in it."""

from services.contracts.settlement_list import (
    BloodTransfusion,
    IntensiveCareStay,
    ListedDiagnosis,
    ListedFee,
    ListedOperation,
    ListedPayment,
)
from services.intake import wiring
from services.intake.api.fsi.handler import Call, Output
from services.intake.api.list_body import SettlementListBody
from services.intake.domain.fsi.list_parts import departments, minutes, weights, whole
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.refusal import Refused
from services.intake.domain.problem import TEXTS, Problem
from services.intake.use_cases.file_settlement_lists import ListOrNot

YES = "1"
AMOUNT_PLACES = 2
_DIRECT = {
    "settlement_id": "setlinfo/setl_id",
    "insured_number": "setlinfo/psn_no",
    "admitted_at": "setlinfo/adm_time",
    "discharged_at": "setlinfo/dscg_time",
    "stay_days": "setlinfo/act_ipt_days",
    "discharge_way": "setlinfo/dscg_way",
    "attending_code": "setlinfo/chfpdr_code",
    "newborn_age_days": "setlinfo/nwb_age",
    "newborn_birth_weights_g": "setlinfo/nwb_bir_wt",
    "newborn_admission_weights_g": "setlinfo/nwb_adm_wt",
    "ventilator_minutes": "setlinfo/vent_used_dura",
    "special_nursing_days": "setlinfo/spga_nurscare_days",
    "nursing_days_1": "setlinfo/lv1_nurscare_days",
    "nursing_days_2": "setlinfo/scd_nurscare_days",
    "nursing_days_3": "setlinfo/lv3_nurscare_days",
    "settled_until": "setlinfo/setl_end_date",
    "diagnoses": "diseinfo",
    "operations": "oprninfo",
    "intensive_care": "icuinfo",
    "fees": "iteminfo",
    "code": "diag_code",
    "admission_condition": "adm_cond_type",
    "performed_on": "oprn_oprt_date",
    "started_at": "oprn_oprt_begntime",
    "ended_at": "oprn_oprt_endtime",
    "anaesthesia_started_at": "anst_begntime",
    "anaesthesia_ended_at": "anst_endtime",
    "surgeon_code": "oper_dr_code",
    "entered_at": "scs_cutd_inpool_time",
    "left_at": "scs_cutd_exit_time",
    "amount_fen": "amt",
}
"""Field of a list to its place in the message; what stands in none of them keeps its name."""


async def filed(call: Call) -> Output:
    """File a list; the same again is answered the same, a changed one is its next version."""
    posted = _read(call.input, call.institution_code)
    call.input.sound()
    file = wiring.build_file_settlement_lists(call.resources)
    (answer,) = await file([ListOrNot(posted)], only_institution=call.principal.institution)
    if answer.problems:
        raise Refused([Problem(_pointer(one.pointer), one.code) for one in answer.problems])
    warnings = [f"{_pointer(one.pointer)} {TEXTS[one.code][0]}[{one.code}]" for one in answer.gaps]
    return Output({"setl_list_id": str(answer.list_ref)}, warnings=warnings)


def _read(message: Node, institution_code: str) -> SettlementListBody:
    info = message.required_child("setlinfo")
    return SettlementListBody(
        settlement_id=info.required_text("setl_id"),
        institution_code=institution_code,
        insured_number=info.text("psn_no"),
        visit_id=info.text("mdtrt_id"),
        admitted_at=info.instant("adm_time"),
        discharged_at=info.instant("dscg_time"),
        stay_days=whole(info, "act_ipt_days"),
        admission_way=info.text("adm_way"),
        inpatient_type=info.text("ipt_med_type"),
        treatment_type=info.text("trt_type"),
        admission_department=info.text("adm_caty"),
        discharge_department=info.text("dscg_caty"),
        transfer_departments=departments(info, "refldept_dept"),
        discharge_way=info.text("dscg_way"),
        receiving_institution=info.text("acp_optins_code"),
        readmission_plan=info.text("days_rinp_flag_31"),
        outpatient_diagnosis=info.text("wm_dise_code"),
        outpatient_tcm_diagnosis=info.text("tcm_dise_code"),
        special_disease_codes=tuple(
            code for node in message.children("opspdiseinfo") if (code := node.text("diag_code")) is not None
        ),
        diagnoses=tuple(_diagnosis(node) for node in message.children("diseinfo")),
        operations=tuple(_operation(node) for node in message.children("oprninfo")),
        intensive_care=tuple(_care(node) for node in message.children("icuinfo")),
        transfusions=tuple(
            one for node in (message.children("bldinfo") or [info]) if (one := _transfusion(node)) is not None
        ),
        fees=tuple(_fee(node) for node in message.children("iteminfo")),
        payments=tuple(
            ListedPayment(fund_type=node.required_text("fund_pay_type"), amount_fen=node.required_fen("fund_payamt"))
            for node in message.children("payinfo")
        ),
        newborn_age_days=whole(info, "nwb_age"),
        newborn_birth_weights_g=weights(info, "nwb_bir_wt", "mul_nwb_bir_wt"),
        newborn_admission_weights_g=weights(info, "nwb_adm_wt", "mul_nwb_adm_wt"),
        ventilator_minutes=minutes(info, "vent_used_dura"),
        coma_before_minutes=minutes(info, "pwcry_bfadm_coma_dura"),
        coma_after_minutes=minutes(info, "pwcry_afadm_coma_dura"),
        special_nursing_days=whole(info, "spga_nurscare_days"),
        nursing_days_1=whole(info, "lv1_nurscare_days"),
        nursing_days_2=whole(info, "scd_nurscare_days"),
        nursing_days_3=whole(info, "lv3_nurscare_days"),
        attending_code=info.text("chfpdr_code"),
        nurse_code=info.text("resp_nurs_code"),
        payment_method=info.text("hi_paymtd"),
        settled_from=info.day("setl_begn_date"),
        settled_until=info.day("setl_end_date"),
        self_paid_fen=info.fen("psn_selfpay"),
        own_expense_fen=info.fen("psn_ownpay"),
        account_fen=info.fen("acct_pay"),
        cash_fen=info.fen("psn_cashpay"),
    )


def _diagnosis(node: Node) -> ListedDiagnosis:
    return ListedDiagnosis(
        code=node.required_text("diag_code"),
        main=node.text("maindiag_flag") == YES,
        kind=node.text("diag_type"),
        admission_condition=node.text("adm_cond_type"),
    )


def _operation(node: Node) -> ListedOperation:
    return ListedOperation(
        code=node.required_text("oprn_oprt_code"),
        performed_on=node.day("oprn_oprt_date"),
        started_at=node.instant("oprn_oprt_begntime"),
        ended_at=node.instant("oprn_oprt_endtime"),
        main=node.text("oprn_oprt_type") == YES,
        anaesthesia=node.text("anst_way"),
        anaesthesia_started_at=node.instant("anst_begntime"),
        anaesthesia_ended_at=node.instant("anst_endtime"),
        surgeon_code=node.text("oper_dr_code"),
        anaesthetist_code=node.text("anst_dr_code"),
    )


def _care(node: Node) -> IntensiveCareStay:
    return IntensiveCareStay(
        entered_at=node.required_instant("scs_cutd_inpool_time"),
        left_at=node.instant("scs_cutd_exit_time"),
        ward_type=node.text("scs_cutd_ward_type"),
        stated_minutes=minutes(node, "scs_cutd_sum_dura"),
    )


def _transfusion(node: Node) -> BloodTransfusion | None:
    """Return a transfusion; 4101 has one in ``setlinfo``, 4101A a list of them."""
    kind, amount = node.text("bld_cat"), node.scaled("bld_amt", AMOUNT_PLACES)
    if kind is None and not amount:
        return None
    return BloodTransfusion(blood_type=kind or "", amount_e2=amount or 0, unit=node.text("bld_unt"))


def _fee(node: Node) -> ListedFee:
    return ListedFee(
        fee_category=node.required_text("med_chrgitm"),
        amount_fen=node.required_fen("amt"),
        class_a_fen=node.fen("claa_sumfee") or 0,
        class_b_fen=node.fen("clab_amt") or 0,
        own_expense_fen=node.fen("fulamt_ownpay_amt") or 0,
        other_fen=node.fen("oth_amt") or 0,
    )


def _pointer(ours: str) -> str:
    """Return the place in the message for a place in a list."""
    operation = ours.startswith("/operations/")
    steps = [
        "oprn_oprt_code" if step == "code" and operation else _DIRECT.get(step, step) for step in ours.split("/")[1:]
    ]
    return "/".join(["/input", *steps])

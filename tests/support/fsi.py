"""Messages of the national interface as a hospital's system sends them."""

import copy
from typing import Any

from tests.support.intake import DRUG, HOSPITAL, INSURED_NUMBER, PHYSICIAN, SERVICE

PATH = "/intake/fsi"
VISIT = "MZ20260309000001"
STAY = "ZY20260301000001"
_counter = iter(range(1, 1_000_000))


def message(infno: str, input_node: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One request with a sound envelope and a message id of its own."""
    return {
        "infno": infno,
        "msgid": f"{HOSPITAL}20260310100000{next(_counter) % 10_000:04d}",
        "mdtrtarea_admvs": "110105",
        "insuplc_admdvs": "110105",
        "recer_sys_code": "MBS_LOCAL",
        "dev_no": "",
        "dev_safe_info": "",
        "cainfo": "",
        "signtype": "",
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "0001",
        "opter_name": "收费员",
        "inf_time": "2026-03-10 10:00:00",
        "fixmedins_code": HOSPITAL,
        "fixmedins_name": "第一人民医院",
        "sign_no": "",
        "input": input_node,
    } | changes


def registration(visit_id: str | None = VISIT, **changes: Any) -> dict[str, Any]:
    data = {
        "psn_no": INSURED_NUMBER,
        "insutype": "310",
        "begntime": "2026-03-09 09:00:00",
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": INSURED_NUMBER,
        "ipt_otp_no": f"OP-{visit_id}",
        "atddr_no": PHYSICIAN,
        "dr_name": "张三",
        "dept_code": "A03",
        "dept_name": "内科",
        "caty": "A03",
    }
    if visit_id is not None:
        data["mdtrt_id"] = visit_id
    return message("2201", {"data": data | changes})


def visit_information(visit_id: str = VISIT, **changes: Any) -> dict[str, Any]:
    entry = {
        "mdtrt_id": visit_id,
        "psn_no": INSURED_NUMBER,
        "med_type": "11",
        "begntime": "2026-03-09 09:05:00",
        "main_cond_dscr": "头晕",
    }
    diagnosis = {
        "diag_type": "1",
        "diag_srt_no": 1,
        "diag_code": "I63.900x001",
        "diag_name": "脑梗死",
        "diag_dept": "内科",
        "dise_dor_no": PHYSICIAN,
        "dise_dor_name": "张三",
        "diag_time": "2026-03-09 09:10:00",
        "vali_flag": "1",
    }
    return message("2203A", {"mdtrtinfo": entry | changes, "diseinfo": [diagnosis]})


def line(serial: str = "F1", visit_id: str = VISIT, **changes: Any) -> dict[str, Any]:
    return {
        "feedetl_sn": serial,
        "mdtrt_id": visit_id,
        "psn_no": INSURED_NUMBER,
        "chrg_bchno": "B1",
        "rxno": "RX1",
        "rx_circ_flag": "0",
        "fee_ocur_time": "2026-03-09 09:20:00",
        "med_list_codg": DRUG,
        "medins_list_codg": "Y001",
        "det_item_fee_sumamt": 37.30,
        "cnt": "2.0000",
        "pric": 18.65,
        "bilg_dept_codg": "A03",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": PHYSICIAN,
        "bilg_dr_name": "张三",
        "hosp_appr_flag": "0",
    } | changes


def lines(*given: dict[str, Any], infno: str = "2204") -> dict[str, Any]:
    return message(infno, {"feedetail": list(given) or [line("F1"), line("F2", med_list_codg=SERVICE)]})


def settlement(
    visit_id: str = VISIT, *, infno: str = "2207", setlinfo: Any = "usual", **changes: Any
) -> dict[str, Any]:
    data = {
        "psn_no": INSURED_NUMBER,
        "mdtrt_cert_type": "01",
        "mdtrt_cert_no": f"token-{next(_counter)}",
        "med_type": "11",
        "medfee_sumamt": "74.60",
        "psn_setlway": "01",
        "mdtrt_id": visit_id,
        "chrg_bchno": "B1",
        "insutype": "310",
        "acct_used_flag": "1",
        "invono": "",
        "fulamt_ownpay_amt": 0,
        "overlmt_selfpay": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": 70,
    } | changes
    node: dict[str, Any] = {"data": data}
    if setlinfo == "usual":
        node["setlinfo"] = {
            "setl_id": f"S-{visit_id}",
            "psn_name": "李四",
            "certno": INSURED_NUMBER,
            "psn_cert_type": "01",
            "gend": "2",
            "brdy": "1990-03-07",
            "setl_time": "2026-03-09 09:45:00",
            "fund_pay_sumamt": 50.5,
            "acct_pay": "4.10",
            "psn_cash_pay": "20",
        }
    elif setlinfo is not None:
        node["setlinfo"] = setlinfo
    return message(infno, node)


def admission(visit_id: str | None = STAY, **changes: Any) -> dict[str, Any]:
    entry = {
        "psn_no": INSURED_NUMBER,
        "insutype": "310",
        "begntime": "2026-03-01 08:00:00",
        "mdtrt_cert_type": "03",
        "mdtrt_cert_no": "A1",
        "med_type": "21",
        "ipt_no": f"IP-{visit_id}",
        "atddr_no": PHYSICIAN,
        "chfpdr_name": "张三",
        "adm_diag_dscr": "脑梗死",
        "adm_dept_codg": "A03",
        "adm_dept_name": "内科",
        "adm_bed": "12",
        "dscg_maindiag_code": "I63.900x001",
        "dscg_maindiag_name": "脑梗死",
    }
    if visit_id is not None:
        entry["mdtrt_id"] = visit_id
    return message("2401", {"mdtrtinfo": entry | changes, "diseinfo": []})


def stay_line(serial: str = "F1", visit_id: str = STAY, **changes: Any) -> dict[str, Any]:
    values = line(serial, visit_id, med_type="21", fee_ocur_time="20260303090000")
    del values["chrg_bchno"]
    return values | changes


def discharge(visit_id: str = STAY, **changes: Any) -> dict[str, Any]:
    entry = {
        "mdtrt_id": visit_id,
        "psn_no": INSURED_NUMBER,
        "insutype": "310",
        "endtime": "2026-03-08 10:00:00",
        "dscg_dept_codg": "A04",
        "dscg_dept_name": "神经内科",
        "dscg_way": "1",
    }
    diagnosis = {
        "psn_no": INSURED_NUMBER,
        "diag_type": "1",
        "maindiag_flag": "1",
        "diag_srt_no": "1",
        "diag_code": "I63.902",
        "diag_name": "脑梗死",
    }
    return message("2402", {"dscginfo": entry | changes, "diseinfo": [diagnosis]})


def stay_settlement(visit_id: str = STAY, **changes: Any) -> dict[str, Any]:
    made = settlement(visit_id, infno="2304", **({"mid_setl_flag": "0"} | changes))
    if "setlinfo" in made["input"]:
        made["input"]["setlinfo"] |= {"setl_time": "2026-03-08T11:00:00"}
    for name in ("med_type", "chrg_bchno"):
        made["input"]["data"].pop(name, None)
    return made


def again(sent: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same message under a new message id, as a caller repeats one whose answer it lost."""
    return copy.deepcopy(sent) | {"msgid": f"{HOSPITAL}20260310100001{next(_counter) % 10_000:04d}"} | changes

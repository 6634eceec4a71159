"""Bodies that intake takes, one after another with ids of their own, to be made unsound."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from tests.fuzz.target import JSON, NDJSON, Lookup, Sound, Target
from tests.support import fsi
from tests.support.import_worker import ImportWorker
from tests.support.intake import DRUG, HOSPITAL, INSURED_NUMBER, PHYSICIAN, settlement
from tests.support.stock import movement, settlement_list

V1 = "/intake/v1"
OTHER = "H11010500002"
"""A hospital whose token must not reach what is of the first."""


def post(template: str, body: Any, media_type: str = JSON, *, path: str | None = None) -> Sound:
    """Return a POST to a path of the first version."""
    return Sound("POST", V1 + template, V1 + (path or template), body, media_type)


def put(template: str, path: str, body: Any) -> Sound:
    """Return a PUT to a path of the first version."""
    return Sound("PUT", V1 + template, V1 + path, body)


INSTITUTION = {"kind": "hospital", "name": "演练医院", "level": 3, "region": "110105", "active": True}
INSTITUTION |= {"agreement_from": "2025-01-01"}
PRACTITIONER = {"category": "physician", "name": "张三", "institution_codes": [HOSPITAL], "active": True}
DEPARTMENT = {"name": "内科", "active": True}
PERSON = {"number": INSURED_NUMBER, "sex": "female", "birth_date": "1990-03-07", "region": "110105"}
STATEMENT = {"institution_code": HOSPITAL, "first_day": "2026-03-09", "last_day": "2026-03-09"}
TOTALS = {"settlements": 1, "total_fen": 7460, "fund_fen": 3730, "account_fen": 0, "cash_fen": 3730}
CSV = "结算编号,医疗费总额,基金支付\nS1,74.60,37.30\nS2,12.00,\n"
BOUGHT = {
    "manu_lotnum": "A1",
    "manu_date": "2025-09-17",
    "expy_end": "2028-09-16",
    "med_list_codg": DRUG,
    "fixmedins_hilist_id": "YP17",
    "fixmedins_bchno": "CG1",
    "spler_name": "某医药有限公司",
    "purc_retn_cnt": 100,
    "finl_trns_pric": "15.5",
    "purc_retn_stoin_time": "2026-03-01 09:00:00",
}
SOLD = {
    "med_list_codg": DRUG,
    "fixmedins_hilist_id": "YP17",
    "fixmedins_bchno": "XS1",
    "sel_retn_cnt": "3",
    "finl_trns_pric": "18.65",
    "sel_retn_time": "2026-03-09 09:00:00",
    "drugtracinfo": [{"drug_trac_codg": "81234567890123456789"}],
}
COUNTED = {"med_list_codg": DRUG, "fixmedins_hilist_id": "YP17", "fixmedins_bchno": "PD1", "inv_cnt": "3"}
COUNTED |= {"invdate": "2026-03-09", "inv_chg_time": "2026-03-09 09:00:00", "inv_chg_type": "1", "cnt": "2"}
FILED = {"setlinfo": {"setl_id": "S1", "mdtrt_id": "V1", "psn_no": INSURED_NUMBER, "setl_begn_date": "2026-03-01"}}
FILED |= {"diseinfo": [{"diag_type": "1", "diag_code": "I63.902", "diag_name": "脑梗死", "maindiag_flag": "1"}]}
FILED |= {"payinfo": [{"fund_pay_type": "310100", "fund_payamt": 5}], "iteminfo": [{"med_chrgitm": "09", "amt": 1.5}]}
STATED = {"setl_optins": "110105", "insutype": "310", "clr_type": "11", "stmt_begndate": "2026-03-09"}
STATED |= {"stmt_enddate": "2026-03-09", "medfee_sumamt": 74.6, "fund_pay_sumamt": 50.5, "acct_pay": 4.1}
STATED |= {"fixmedins_setl_cnt": 1, "refd_setl_flag": "0", "file_qury_no": "F1"}


def messages(visit: str) -> list[dict[str, Any]]:
    """Return messages of the national interface: a visit, a stay, stock, a list, statements, sign-ins."""
    stay = f"Z{visit}"
    named = {"mdtrt_id": visit, "psn_no": INSURED_NUMBER}
    chain = [
        fsi.registration(visit),
        fsi.visit_information(visit),
        fsi.lines(fsi.line("F1", visit), fsi.line("F2", visit)),
        fsi.settlement(visit, infno="2206"),
        fsi.settlement(visit),
        fsi.message("2208", {"data": named | {"setl_id": f"S-{visit}"}}),
        fsi.message("2205", {"data": named | {"chrg_bchno": "0000"}}),
        fsi.message("2202", {"data": named | {"ipt_otp_no": f"OP-{visit}"}}),
        fsi.admission(stay),
        fsi.lines(fsi.stay_line("F1", stay), infno="2301"),
        fsi.message("2302", {"data": [{"feedetl_sn": "F1", "mdtrt_id": stay, "psn_no": INSURED_NUMBER}]}),
        fsi.discharge(stay),
        fsi.message("2405", {"data": {"mdtrt_id": stay, "psn_no": INSURED_NUMBER}}),
        fsi.stay_settlement(stay),
        fsi.message("2305", {"data": {"mdtrt_id": stay, "psn_no": INSURED_NUMBER, "setl_id": f"S-{stay}"}}),
        fsi.message("2404", {"data": {"mdtrt_id": stay, "psn_no": INSURED_NUMBER}}),
        fsi.message("9001", {"signIn": {"opter_no": "1", "mac": "00", "ip": "127.0.0.1"}}),
        fsi.message("9002", {"signOut": {"opter_no": "1", "sign_no": "1"}}),
        fsi.message("3201", {"data": STATED}),
        fsi.message("3202", {"data": STATED}),
        fsi.message("3507", {"data": {"fixmedins_bchno": "XS1", "inv_data_type": "4"}}),
        fsi.message("4101", FILED),
        fsi.message("4101A", FILED),
    ]
    for infno in ("3501", "3502", "3503", "3504", "3505", "3506"):
        name, node = ("invinfo", COUNTED) if infno < "3503" else ("purcinfo", BOUGHT)
        name, node = ("selinfo", SOLD) if infno > "3504" else (name, node)
        several = [node, node | {"fixmedins_bchno": "2"}]
        chain += [fsi.message(infno, {name: node}), fsi.message(f"{infno}A", {f"{name}Detail": several, name: node})]
    return chain


def registration() -> list[Sound]:
    """Return what must stand before anything else is taken."""
    hospitals = [put("/institutions/{code}", f"/institutions/{code}", INSTITUTION) for code in (HOSPITAL, OTHER)]
    return [*hospitals, put("/practitioners/{code}", f"/practitioners/{PHYSICIAN}", PRACTITIONER)]


def bodies(number: int) -> list[Sound]:
    """Return one round of requests; other numbers give other ids."""
    one = f"S{number}"
    part = {"reversal_id": f"R{number}", "lines": [{"number": 1, "quantity": "1"}]}
    at = f"{HOSPITAL}/{one}"
    coded: Callable[[dict[str, Any], str], dict[str, Any]] = lambda entry, code: {**entry, "code": code}  # noqa: E731
    return [
        post("/settlements", settlement(one)),
        post("/settlements/{institution_code}/{settlement_id}/reversals", part, path=f"/settlements/{at}/reversals"),
        post("/settlement-lists", settlement_list(one)),
        post("/stock-movements", movement(f"M{number}")),
        post("/stock-movements", movement(f"N{number}", "sale", settlement_id=one)),
        post("/stock-movements", movement(f"M{number}", "delete")),
        post("/reconciliations", STATEMENT | {"totals": TOTALS}),
        post("/reconciliations", STATEMENT | {"settlements": [{"settlement_id": one, "total_fen": 7460}]}),
        put("/institutions/{code}", f"/institutions/{HOSPITAL}", INSTITUTION),
        put("/practitioners/{code}", f"/practitioners/{PHYSICIAN}", PRACTITIONER),
        put("/departments/{institution_code}/{code}", f"/departments/{HOSPITAL}/A{number % 50}", DEPARTMENT),
        put("/insured-persons", "/insured-persons", PERSON),
        post("/institutions/bulk", coded(INSTITUTION, HOSPITAL), NDJSON),
        post("/practitioners/bulk", coded(PRACTITIONER, PHYSICIAN), NDJSON),
        post("/departments/bulk", coded(DEPARTMENT, "A03") | {"institution_code": HOSPITAL}, NDJSON),
        post("/insured-persons/bulk", PERSON, NDJSON),
        post("/settlements/batch", settlement(f"B{number}"), NDJSON),
        post("/settlement-lists/batch", settlement_list(f"B{number}"), NDJSON),
        post("/stock-movements/batch", movement(f"B{number}"), NDJSON),
        post("/reversals/batch", part | {"institution_code": HOSPITAL, "settlement_id": one}, NDJSON),
        *(Sound("POST", "/intake/fsi", "/intake/fsi", message) for message in messages(f"V{number}")),
        *files(number),
    ]


def files(number: int) -> list[Sound]:
    """Return requests whose bodies are files."""
    day = f"?institution_code={HOSPITAL}&first_day=2026-03-09"
    kinds = ("settlements", "stock", "institutions", "departments", "practitioners", "insured_persons")
    kind = kinds[number % len(kinds)]
    return [
        post("/reconciliations/csv", CSV.encode(), "text/csv", path=f"/reconciliations/csv{day}"),
        post("/statement-files", CSV.encode(), "text/csv", path=f"/statement-files?institution_code={HOSPITAL}"),
        post("/imports", CSV.encode(), "application/octet-stream", path=f"/imports?kind={kind}&mode=good_rows"),
    ]


def follow_ups(known: Mapping[str, Sequence[str]], random: Random) -> list[Sound]:
    """Return requests about what was refused or stated before."""
    found = []
    why = {"why": "核对原始单据 checked"}
    entries = known.get("entry_id") or ()
    for entry in random.sample(list(entries), min(3, len(entries))):
        for step, body in (
            ("corrections", why | {"patch": {"total_fen": 7460, "lines": [{"quantity": 2.50}]}}),
            ("corrections", why | {"body": settlement(f"Q{random.randrange(1000)}")}),
            ("release", why),
            ("dismiss", why),
        ):
            found.append(post(f"/quarantine/{{entry_id}}/{step}", body, path=f"/quarantine/{entry}/{step}"))
    for stated in list(known.get("reconciliation_id") or ())[:1]:
        path = f"/reconciliations/{stated}/explanations"
        explained = why | {"settlement_ids": ["S1"]}
        found.append(post("/reconciliations/{reconciliation_id}/explanations", explained, path=path))
    return found


INTAKE = Target(
    service="intake",
    institution=HOSPITAL,
    other_institution=OTHER,
    region="110105",
    known={
        "institution_code": [HOSPITAL, OTHER],
        "code": [HOSPITAL, PHYSICIAN, "A03"],
        "settlement_id": [f"S{number}" for number in range(30)],
        "movement_id": [f"M{number}" for number in range(30)],
        "kind": ["settlements", "stock", "departments"],
        "first_day": ["2026-03-09"],
        "item": [DRUG],
        "day": ["2026-03-09"],
    },
    registration=registration,
    bodies=bodies,
    follow_ups=follow_ups,
    lookups=[
        Lookup("entry_id", "/intake/v1/quarantine", "entry_id"),
        Lookup("reconciliation_id", "/intake/v1/reconciliations?state=open&state=matched", "reconciliation_id"),
        Lookup("import_id", "/intake/v1/imports", "import_id"),
    ],
    # So many imports are not worth waiting for here.
    environment={"FUNDWARDEN_INTAKE_IMPORTS_PER_CALLER": "1000000"},
    worker=ImportWorker,
)

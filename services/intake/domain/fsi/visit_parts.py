"""The parts of a visit as the transactions bring them, read from their nodes: typed, and nothing yet put together."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from services.intake.domain import codes
from services.intake.domain.codes import ItemKind
from services.intake.domain.fsi.node import LONGEST_CODE, Node
from services.intake.domain.fsi.person import PersonTraits, traits
from services.intake.domain.fsi.usage import dose, doses_per_day
from services.intake.domain.scaled import QUANTITY_PLACES, UNIT_PRICE_PLACES

VisitKind = Literal["outpatient", "inpatient"]

LONGEST_VISIT_ID = 30
ALL = "0000"
"""Stands for every line that is not settled, in 2205 and 2302."""
_PRODUCT_SCALE = 10**8
_SCALE_OF_FEN = 100
_DAYS_PLACES = 2
_TCM_TYPES = frozenset({"2", "3"})
"""diag_type of diseases and syndromes of Chinese medicine, whose codes are none of ICD-10."""


class Registration(NamedTuple):
    """Registration of an outpatient visit (2201) or admission to a stay (2401)."""

    person: str
    insurance_type: str
    in_house_number: str
    started_at: datetime
    practitioner_code: str | None
    department_code: str | None
    medical_type: str | None
    traits: PersonTraits
    diagnoses: "Diagnoses"


class Diagnoses(NamedTuple):
    """Diagnosis codes of one part, the main one first."""

    codes: tuple[str, ...] = ()
    doubtful: bool = False
    """A code that has no form of ICD-10 was left out."""


class VisitInformation(NamedTuple):
    """What the physician found at the visit (2203A)."""

    started_at: datetime
    medical_type: str | None
    diagnoses: Diagnoses


class Discharge(NamedTuple):
    """End of a stay (2402)."""

    ended_at: datetime
    department_code: str | None
    diagnoses: Diagnoses


@dataclass(slots=True)
class FeeLine:
    """A fee line (2204, 2301) in the form a posted settlement has it; ``number`` is given when it is assembled."""

    serial: str
    """``feedetl_sn``, unique within the visit."""
    batch: str
    refunds_serial: str | None
    medical_type: str | None
    item_code: str
    quantity: bytes
    unit_price: bytes
    amount_fen: int
    charged_at: datetime
    practitioner_code: str | None
    department_code: str | None
    prescription_number: str | None
    hospital_item_code: str | None
    days_of_supply: Decimal | None
    split_pack: bool
    number: int = 0
    traceability_codes: tuple[str, ...] = ()
    refund_of: int | None = None
    item_kind: ItemKind | None = None
    fund_scope_fen: int | None = None
    dose: Decimal | None = None
    doses_per_day: Decimal | None = None


def person_of(node: Node) -> str:
    """Return the insured person's number of a node; notes what is wrong with it."""
    number = node.required_text("psn_no")
    if number and not codes.is_insured_number(number):
        node.note("psn_no", "insured_number_form")
    return number


def visit_id_of(node: Node) -> str:
    """Return the visit that a node names."""
    return node.required_text("mdtrt_id", longest=LONGEST_VISIT_ID)


def outpatient_registration(entry: Node) -> Registration:
    """Read the node ``data`` of 2201."""
    return Registration(
        person=person_of(entry),
        insurance_type=entry.required_text("insutype", longest=6),
        in_house_number=entry.required_text("ipt_otp_no", longest=30),
        started_at=entry.required_instant("begntime"),
        practitioner_code=_practitioner(entry, "atddr_no"),
        department_code=_department(entry, "dept_code"),
        medical_type=entry.text("med_type", longest=6),
        traits=traits([entry]),
        diagnoses=Diagnoses(),
    )


def admission(entry: Node, diagnoses: list[Node]) -> Registration:
    """Read the nodes ``mdtrtinfo`` and ``diseinfo`` of 2401."""
    return Registration(
        person=person_of(entry),
        insurance_type=entry.required_text("insutype", longest=6),
        in_house_number=entry.required_text("ipt_no", longest=30),
        started_at=entry.required_instant("begntime"),
        practitioner_code=_practitioner(entry, "atddr_no"),
        department_code=_department(entry, "adm_dept_codg"),
        medical_type=entry.text("med_type", longest=6),
        traits=traits([entry]),
        diagnoses=diagnoses_of(diagnoses, also=entry.text("dscg_maindiag_code", longest=30)),
    )


def visit_information(entry: Node, diagnoses: list[Node]) -> VisitInformation:
    """Read the nodes ``mdtrtinfo`` and ``diseinfo`` of 2203A."""
    return VisitInformation(
        started_at=entry.required_instant("begntime"),
        medical_type=entry.text("med_type", longest=6),
        diagnoses=diagnoses_of(diagnoses),
    )


def discharge(entry: Node, diagnoses: list[Node]) -> Discharge:
    """Read the nodes ``dscginfo`` and ``diseinfo`` of 2402."""
    return Discharge(
        ended_at=entry.required_instant("endtime"),
        department_code=_department(entry, "dscg_dept_codg"),
        diagnoses=diagnoses_of(diagnoses),
    )


def diagnoses_of(nodes: list[Node], *, also: str | None = None) -> Diagnoses:
    """Return the valid codes, the main diagnosis first and then by number; local codes are left out and marked."""
    found: list[tuple[bool, int, str]] = []
    for position, node in enumerate(nodes):
        code = node.required_text("diag_code", longest=30)
        if node.text("vali_flag") == "0":
            continue
        if node.text("diag_type") in _TCM_TYPES and not codes.is_diagnosis(code):
            continue
        order = node.text("diag_srt_no")
        number = int(order) if order is not None and order.isascii() and order.isdigit() else position
        found.append((node.text("maindiag_flag") != "1", min(number, 9_999), code))
    ordered = [code for _, _, code in sorted(found, key=lambda one: one[:2])]
    if also is not None and also not in ordered:
        ordered.append(also)
    sound = [code for code in dict.fromkeys(ordered) if codes.is_diagnosis(code)]
    return Diagnoses(tuple(sound), doubtful=len(sound) < len(set(ordered)))


def fee_line(node: Node, *, kind: VisitKind) -> FeeLine:
    """Read one node ``feedetail``; notes what is wrong with it, so that it is told while the hospital can mend it."""
    before = len(node.problems)
    quantity = node.required_scaled("cnt", QUANTITY_PLACES)
    price = node.required_scaled("pric", UNIT_PRICE_PLACES)
    amount = node.required_fen("det_item_fee_sumamt")
    item = node.required_text("med_list_codg")
    if item and codes.item_kind(item) is None:
        node.note("med_list_codg", "item_form")
    if price < 0:
        node.note("pric", "unit_price_form")
    # Quantity times 10,000 and yuan times 1,000,000 make 100,000,000 to the fen.
    if len(node.problems) == before and abs(quantity * price - amount * _PRODUCT_SCALE) > _PRODUCT_SCALE:
        node.note("det_item_fee_sumamt", "amount_product")
    days = node.scaled("prd_days", _DAYS_PLACES)
    return FeeLine(
        serial=node.required_text("feedetl_sn", longest=30),
        batch=node.required_text("chrg_bchno", longest=30) if kind == "outpatient" else "",
        refunds_serial=node.text("init_feedetl_sn", longest=30),
        medical_type=node.text("med_type", longest=6),
        item_code=item,
        quantity=_number(quantity, QUANTITY_PLACES),
        unit_price=_number(price, UNIT_PRICE_PLACES),
        amount_fen=amount,
        charged_at=node.required_instant("fee_ocur_time"),
        practitioner_code=_practitioner(node, "bilg_dr_codg"),
        department_code=_department(node, "bilg_dept_codg"),
        prescription_number=node.text("rxno") or node.text("drord_no"),
        hospital_item_code=node.text("medins_list_codg", longest=codes.LONGEST_HOSPITAL_ITEM),
        days_of_supply=None if days is None or days < 0 else Decimal(days) / _SCALE_OF_FEN,
        split_pack=node.text("trdn_flag") == "1",
        fund_scope_fen=node.fen("inscp_scp_amt"),
        dose=dose(node.text("sin_dos_dscr", longest=200)),
        doses_per_day=doses_per_day(node.text("used_frqu_dscr", longest=200)),
    )


def _practitioner(node: Node, name: str) -> str | None:
    code = node.text(name)
    if code is not None and not codes.is_practitioner(code):
        node.note(name, "practitioner_form")
    return code


def _department(node: Node, name: str) -> str | None:
    """Return a department's code; one that cannot be a code says nothing, for names stand in its place at times."""
    code = node.text(name, longest=LONGEST_CODE)
    return code if code is not None and codes.is_department(code) else None


@lru_cache(maxsize=32_768)
def _number(scaled: int, places: int) -> bytes:
    sign = "-" if scaled < 0 else ""
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}".encode()

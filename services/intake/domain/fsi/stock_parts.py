"""Stock transactions 3501 to 3507 of the national interface, read into movements.

The interface numbers records (``fixmedins_bchno``) within a kind of data, so a movement's id is the transaction's
number and the record's. Names, certificates and other personal data of the nodes are not read at all.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from services.intake.domain.codes import LONGEST_HOSPITAL_ITEM, is_settlement_id
from services.intake.domain.fsi.fields import is_bare_date
from services.intake.domain.fsi.node import NO_INSTANT, Node
from services.intake.domain.scaled import QUANTITY_PLACES, UNIT_PRICE_PLACES
from services.intake.domain.stock import MovementKind, Payer
from services.intake.domain.traceability import all_separated

LAST_SECOND = timedelta(hours=23, minutes=59, seconds=59)
"""A count that names a day alone was made when the day's business was over."""
LONGEST_RECORD = 50


class _Form(NamedTuple):
    """Where a transaction keeps what all of them have."""

    kind: MovementKind
    nodes: tuple[str, str]
    """Name of its node, and of the list in its batch form (3501A and so on)."""
    quantity: str
    moved_at: str
    unit_price: str | None = None
    document: str | None = None
    original: str | None = None
    """Field that names what is returned."""
    original_of: str | None = None
    """Transaction that reported what is returned."""


FORMS: dict[str, _Form] = {
    "3501": _Form("count", ("invinfo", "invinfoDetail"), "inv_cnt", "invdate"),
    "3502": _Form("change", ("invinfo", "invinfoDetail"), "cnt", "inv_chg_time", "pric"),
    "3503": _Form(
        "purchase",
        ("purcinfo", "purcinfoDetail"),
        "purc_retn_cnt",
        "purc_retn_stoin_time",
        "finl_trns_pric",
        "purc_invo_no",
    ),
    "3504": _Form(
        "purchase_return",
        ("purcinfo", "purcinfoDetail"),
        "purc_retn_cnt",
        "purc_retn_stoin_time",
        "finl_trns_pric",
        "purc_invo_no",
        "medins_prod_purc_no",
        "3503",
    ),
    "3505": _Form(
        "sale", ("selinfo", "selinfoDetail"), "sel_retn_cnt", "sel_retn_time", "finl_trns_pric", "rtal_docno"
    ),
    "3506": _Form(
        "sale_return",
        ("selinfo", "selinfoDetail"),
        "sel_retn_cnt",
        "sel_retn_time",
        "finl_trns_pric",
        "rtal_docno",
        "medins_prod_sel_no",
        "3505",
    ),
}
"""By the number of the transaction, without the A of its batch form."""

DELETED_BY_TYPE: dict[str, tuple[str, ...]] = {
    "1": ("3501",),
    "2": ("3502",),
    "3": ("3503", "3504"),
    "4": ("3505", "3506"),
}
"""``inv_data_type`` of 3507: count, change, purchase, sale; the latter two cover their returns."""

_PAYER: dict[str, Payer] = {"1": "insurance", "2": "self"}
"""``mdtrt_setl_type`` of a sale."""
_NOT_INSURED = "0"
"""``hi_feesetl_type`` of a sale without insurance; 1 and 2 are local and remote settlements."""


@dataclass(slots=True)
class FsiMovement:
    """A movement as the national interface reports it."""

    movement_id: str
    institution_code: str
    kind: MovementKind
    moved_at: datetime
    item_code: str | None = None
    hospital_item_code: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount_fen: int | None = None
    batch_number: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    traceability_codes: tuple[str, ...] = ()
    split_pack: bool = False
    change_reason: str | None = None
    document_number: str | None = None
    supplier_permit: str | None = None
    prescription_number: str | None = None
    prescription_drug: bool | None = None
    paid_by: Payer | None = None
    settlement_id: str | None = None
    visit_id: str | None = None
    refers_to: str | None = None


def movement_id(infno: str, record: str) -> str:
    """Return the id of a record; one with signs that no id has is known by its hash."""
    plain = f"{infno}.{record}"
    if is_settlement_id(plain):
        return plain
    return f"{infno}.h.{blake2b(record.encode(), digest_size=16).hexdigest()}"


def movement(node: Node, infno: str, institution_code: str, *, scanned_beside: tuple[str, ...] = ()) -> FsiMovement:
    """Read one record of 3501 to 3506; what is wrong with it is noted in the node.

    ``scanned_beside`` are the codes that stand beside a single record instead of in it.
    """
    form = FORMS[infno]
    record = node.required_text("fixmedins_bchno", longest=LONGEST_RECORD)
    original = node.text(form.original) if form.original else None
    return FsiMovement(
        movement_id=movement_id(infno, record),
        institution_code=institution_code,
        kind=form.kind,
        moved_at=_moved_at(node, form.moved_at),
        item_code=node.required_text("med_list_codg"),
        hospital_item_code=node.text("fixmedins_hilist_id", longest=LONGEST_HOSPITAL_ITEM),
        quantity=_decimal(node.required_scaled(form.quantity, QUANTITY_PLACES), QUANTITY_PLACES),
        unit_price=_decimal(node.scaled(form.unit_price, UNIT_PRICE_PLACES), UNIT_PRICE_PLACES)
        if form.unit_price
        else None,
        batch_number=node.text("manu_lotnum"),
        produced_on=node.day("manu_date"),
        expires_on=node.day("expy_end"),
        traceability_codes=scanned(node) or scanned_beside,
        split_pack=node.text("trdn_flag") == "1",
        change_reason=node.text("inv_chg_type", longest=6) if form.kind == "change" else None,
        document_number=node.text(form.document) if form.document else None,
        supplier_permit=node.text("spler_pmtno"),
        prescription_number=node.text("rxno"),
        prescription_drug=_flag(node, "rx_flag"),
        paid_by=_payer(node) if form.kind == "sale" else None,
        settlement_id=node.text("setl_id"),
        visit_id=node.text("mdtrt_sn"),
        refers_to=movement_id(form.original_of, original) if original and form.original_of else None,
    )


def _moved_at(node: Node, name: str) -> datetime:
    moved_at = node.required_instant(name)
    if moved_at is not NO_INSTANT and name == FORMS["3501"].moved_at and is_bare_date(node.values.get(name)):
        return moved_at + LAST_SECOND
    return moved_at


def _decimal(number: int | None, places: int) -> Decimal | None:
    return None if number is None else Decimal(number).scaleb(-places)


def _flag(node: Node, name: str) -> bool | None:
    text = node.text(name)
    return None if text is None else text != "0"


def _payer(node: Node) -> Payer | None:
    # The name is written in capitals by some clients.
    sent = node.text("mdtrt_setl_type") or node.text("MDTRT_SETL_TYPE")
    if sent is None:
        settled = node.text("hi_feesetl_type")
        return None if settled is None else "self" if settled == _NOT_INSURED else "insurance"
    return _PAYER.get(sent)


def scanned(node: Node) -> tuple[str, ...]:
    """Return the codes of a record: one object or a list below it, or the flat field of the older form."""
    listed = all_separated(_text(child) for child in node.children("drugtracinfo"))
    return listed or all_separated([_text(node)])


def _text(node: Node) -> str:
    # Read as it came: a scanner's separators are signs that no other field may hold. One client misspells the name.
    for name in ("drug_trac_codg", "drug_trac_code"):
        value = node.values.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool):
            return str(value)
        if value is not None:
            node.note(name, "type")
    return ""

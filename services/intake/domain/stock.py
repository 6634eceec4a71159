"""Stock movements (进销存): what institutions report, examined; doubtful reports are marked and never refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from services.intake.domain import codes, traceability
from services.intake.domain.codes import ItemKind
from services.intake.domain.examination import EARLIEST_YEAR, LATEST_YEAR, MOST_FEN
from services.intake.domain.problem import Problem
from services.intake.domain.scaled import QUANTITY_PLACES, UNIT_PRICE_PLACES, scaled_decimal

MovementKind = Literal["count", "change", "purchase", "purchase_return", "sale", "sale_return", "delete"]
Payer = Literal["insurance", "self"]

MOVEMENT_ID = codes.SETTLEMENT_ID
"""An institution's own movement id (``fixmedins_bchno``), of the form of a settlement id."""

DIRECTION: dict[MovementKind, int] = {"purchase": 1, "purchase_return": -1, "sale": -1, "sale_return": 1}
"""What a kind adds to the stock for each unit moved; the other kinds have none of their own."""

INFLOWS = frozenset({"count", "change", "purchase"})
"""Kinds that explain where goods that are sold came from."""

CHANGE_DIRECTION: dict[str, int] = {
    "101": 1,
    "102": -1,
    "103": 1,
    "104": -1,
    "105": -1,
    "106": 1,
    "107": -1,
    "108": 1,
    "109": -1,
    "110": 1,
    "111": -1,
}
"""National ``inv_chg_type``: transfers in and out, surplus, loss, destroyed, other in and out, purchased, returned,
gifts in and out."""

CLOCK_TOLERANCE = timedelta(days=1)
LONGEST_ITEM_CODE = 50
_BUSINESS_OFFSET = timedelta(hours=8)
_PRODUCT_SCALE = 10**8
_ONE = 10**QUANTITY_PLACES


class PostedMovement(Protocol):
    """A stock movement as posted: typed, but not yet examined."""

    movement_id: str
    institution_code: str
    kind: MovementKind
    moved_at: datetime
    item_code: str | None
    hospital_item_code: str | None
    quantity: Decimal | None
    """Not negative; a change whose reason says nothing of its direction carries its sign. A count: what was counted."""
    unit_price: Decimal | None
    """In yuan."""
    amount_fen: int | None
    batch_number: str | None
    produced_on: date | None
    expires_on: date | None
    traceability_codes: tuple[str, ...]
    split_pack: bool
    change_reason: str | None
    document_number: str | None
    supplier_permit: str | None
    prescription_number: str | None
    prescription_drug: bool | None
    paid_by: Payer | None
    settlement_id: str | None
    visit_id: str | None
    refers_to: str | None


class ExaminedMovement(NamedTuple):
    """Result of examining a movement; its numbers hold only when there are no problems."""

    problems: list[Problem]
    doubts: list[Problem]
    item_kind: ItemKind | None
    quantity_e4: int
    effect_e4: int | None
    """What it adds to the balance, times 10,000; None for a count and a deletion."""
    unit_price_e4: int | None
    moved_at: datetime


def examine_movement(posted: PostedMovement, *, now: datetime) -> ExaminedMovement:
    """Examine a movement by itself; what it says about others is judged where they are known."""
    problems: list[Problem] = []
    doubts: list[Problem] = []
    moved_at = _instant(posted, problems, now)
    _texts(posted, problems)
    kind = _item(posted, problems, doubts)
    quantity, effect = _quantity(posted, problems, doubts)
    price = _price(posted, quantity, problems)
    _dates(posted, moved_at, doubts)
    _codes_scanned(posted, quantity, problems, doubts)
    if posted.kind == "sale" and posted.paid_by == "insurance" and posted.settlement_id is None:
        doubts.append(Problem("/settlement_id", "settlement_missing"))
    if posted.kind == "delete" and posted.refers_to is None:
        problems.append(Problem("/refers_to", "missing"))
    return ExaminedMovement(problems, doubts, kind, quantity, effect, price, moved_at)


def _instant(posted: PostedMovement, problems: list[Problem], now: datetime) -> datetime:
    if not EARLIEST_YEAR <= posted.moved_at.year <= LATEST_YEAR:
        problems.append(Problem("/moved_at", "instant_range"))
        return now
    moved_at = posted.moved_at.astimezone(UTC)
    if moved_at > now + CLOCK_TOLERANCE:
        problems.append(Problem("/moved_at", "moved_in_future"))
    return moved_at


def _texts(posted: PostedMovement, problems: list[Problem]) -> None:
    if not codes.is_institution(posted.institution_code):
        problems.append(Problem("/institution_code", "institution_form"))
    if not codes.is_settlement_id(posted.movement_id):
        problems.append(Problem("/movement_id", "movement_id_form"))
    for name, own in (("refers_to", posted.refers_to), ("settlement_id", posted.settlement_id)):
        if own is not None and not codes.is_settlement_id(own):
            problems.append(Problem(f"/{name}", "movement_id_form" if name == "refers_to" else "settlement_id_form"))
    for name, text in (
        ("hospital_item_code", posted.hospital_item_code),
        ("batch_number", posted.batch_number),
        ("change_reason", posted.change_reason),
        ("document_number", posted.document_number),
        ("supplier_permit", posted.supplier_permit),
        ("prescription_number", posted.prescription_number),
        ("visit_id", posted.visit_id),
    ):
        if text is not None and not codes.is_reference(text):
            problems.append(Problem(f"/{name}", "reference_form"))


def _item(posted: PostedMovement, problems: list[Problem], doubts: list[Problem]) -> ItemKind | None:
    code = posted.item_code
    if code is None:
        if posted.kind != "delete":
            problems.append(Problem("/item_code", "missing"))
        return None
    kind = codes.item_kind(code)
    if kind is None:
        if len(code) > LONGEST_ITEM_CODE or not codes.is_reference(code):
            problems.append(Problem("/item_code", "item_form"))
        else:
            # Pharmacies report goods that have no national code; what is sold beside the drugs is of interest.
            doubts.append(Problem("/item_code", "item_form"))
        return "other"
    return kind


def _quantity(posted: PostedMovement, problems: list[Problem], doubts: list[Problem]) -> tuple[int, int | None]:
    """Return the quantity and its effect, both times 10,000."""
    if posted.kind == "delete":
        return 0, None
    if posted.quantity is None:
        problems.append(Problem("/quantity", "missing"))
        return 0, None
    quantity = scaled_decimal(posted.quantity, QUANTITY_PLACES)
    if quantity is None:
        problems.append(Problem("/quantity", "quantity_form"))
        return 0, None
    if quantity == 0 and posted.kind != "count":
        doubts.append(Problem("/quantity", "quantity_zero"))
    direction = DIRECTION.get(posted.kind)
    if posted.kind == "change":
        direction = CHANGE_DIRECTION.get(posted.change_reason or "")
        if direction is None:
            doubts.append(Problem("/change_reason", "change_reason_unknown"))
            return quantity, quantity
    if quantity < 0:
        doubts.append(Problem("/quantity", "quantity_sign"))
    if direction is None:
        return quantity, None
    return abs(quantity), direction * abs(quantity)


def _price(posted: PostedMovement, quantity: int, problems: list[Problem]) -> int | None:
    price = None
    if posted.unit_price is not None:
        price = scaled_decimal(posted.unit_price, UNIT_PRICE_PLACES)
        if price is None or price < 0:
            problems.append(Problem("/unit_price", "unit_price_form"))
            return None
    amount = posted.amount_fen
    if amount is None:
        return price
    if not -MOST_FEN <= amount <= MOST_FEN:
        problems.append(Problem("/amount_fen", "amount_range"))
    elif price is not None and abs(abs(quantity) * price - abs(amount) * _PRODUCT_SCALE) > _PRODUCT_SCALE:
        problems.append(Problem("/amount_fen", "amount_product"))
    return price


def _dates(posted: PostedMovement, moved_at: datetime, doubts: list[Problem]) -> None:
    day = (moved_at + _BUSINESS_OFFSET).date()
    if posted.produced_on is not None:
        if posted.expires_on is not None and posted.expires_on < posted.produced_on:
            doubts.append(Problem("/expires_on", "expiry_before_production"))
        if posted.produced_on > day:
            doubts.append(Problem("/produced_on", "moved_before_production"))
    if posted.expires_on is not None and posted.kind == "sale" and posted.expires_on < day:
        doubts.append(Problem("/expires_on", "sold_after_expiry"))


def _codes_scanned(posted: PostedMovement, quantity: int, problems: list[Problem], doubts: list[Problem]) -> None:
    scanned = posted.traceability_codes
    if not scanned:
        return
    if len(scanned) > traceability.MOST_CODES:
        problems.append(Problem("/traceability_codes", "too_many_items"))
        return
    for position, code in enumerate(scanned):
        if not traceability.is_readable(code):
            problems.append(Problem(f"/traceability_codes/{position}", "traceability_form"))
        elif not traceability.has_usual_form(code):
            doubts.append(Problem(f"/traceability_codes/{position}", "traceability_form"))
    if posted.split_pack:
        # Of a pack that is sold piece by piece every sale scans the same code.
        return
    if traceability.occurs_twice(scanned):
        doubts.append(Problem("/traceability_codes", "traceability_twice"))
    if posted.kind != "delete" and len(set(scanned)) * _ONE > abs(quantity):
        doubts.append(Problem("/traceability_codes", "traceability_count"))

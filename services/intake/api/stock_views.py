"""What callers read of the stock: movements as they stand, and the ledger of an item."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Self
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from services.contracts.intake import StockMoved
from services.intake.api.models import Doubt
from services.intake.domain.problem import TEXTS, Problem
from services.intake.domain.scaled import QUANTITY_PLACES, UNIT_PRICE_PLACES
from services.intake.domain.stock import MovementKind
from services.intake.domain.stock_ledger import LedgerDay
from services.intake.storage.stock import StoredMovement
from services.intake.use_cases.take_movements import MovementAnswer
from services.kit.http import Language

_FACT = msgspec.json.Decoder(StockMoved)


def _doubts(problems: list[Problem], language: Language) -> list[Doubt]:
    return [Doubt(pointer=one.pointer, code=one.code, message=getattr(one, language)) for one in problems]


def quantity(number: int | None, places: int = QUANTITY_PLACES) -> Decimal | None:
    """Return a scaled number as people write it, without zeros at its end."""
    if number is None:
        return None
    value = Decimal(number).scaleb(-places)
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


class MovementTaken(BaseModel):
    """Answer to a posted movement."""

    status: Literal["created", "same"] = Field(description="新收或重复 / taken now, or before")
    movement_ref: UUID = Field(description="平台单据编号 / our id")
    movement_id: str
    doubts: list[Doubt] = Field(description="存疑之处 / what marks it")

    @classmethod
    def of(cls, movement_id: str, answer: MovementAnswer, language: Language) -> Self:
        """Return the answer to a movement that stands."""
        doubts = _doubts(list(answer.doubts), language)
        return cls.model_validate(
            {
                "status": answer.status,
                "movement_ref": answer.movement_ref,
                "movement_id": movement_id,
                "doubts": doubts,
            }
        )


class MovementView(BaseModel):
    """A stock movement (进销存单据) as it stands."""

    movement_ref: UUID
    institution_code: str
    movement_id: str
    revision: int = Field(description="删除后重报的次序 / 1, or more when reported again after a deletion")
    state: Literal["standing", "deleted"] = Field(description="有效或已被删除 / whether a deletion names it")
    kind: MovementKind
    moved_at: datetime
    taken_at: datetime
    item_code: str | None
    hospital_item_code: str | None
    quantity: Decimal
    effect: Decimal | None = Field(description="受理时对库存的增减 / what it added to the balance when it was taken")
    unit_price: Decimal | None = Field(description="单价（元）/ in yuan")
    amount_fen: int | None
    batch_number: str | None
    produced_on: date | None
    expires_on: date | None
    traceability_codes: list[str]
    split_pack: bool
    change_reason: str | None
    document_number: str | None
    prescription_number: str | None
    settlement_id: str | None
    visit_id: str | None
    refers_to: str | None
    doubts: list[Doubt]

    @classmethod
    def of(cls, stored: StoredMovement, language: Language) -> Self:
        """Return the view of a stored movement."""
        fact = _FACT.decode(stored.body)
        marks = msgspec.json.decode(stored.doubts, type=list[tuple[str, str]]) if stored.doubts else []
        values = {name: getattr(fact, name, None) for name in cls.model_fields}
        values |= {
            "state": "deleted" if stored.deleted else "standing",
            "kind": fact.movement_kind,
            "taken_at": stored.taken_at,
            "quantity": quantity(fact.quantity_e4),
            "effect": quantity(fact.effect_e4),
            "unit_price": quantity(fact.unit_price_e4, UNIT_PRICE_PLACES),
            "doubts": [
                Doubt(pointer=pointer, code=code, message=TEXTS[code][0 if language == "zh" else 1])
                for pointer, code in marks
            ],
        }
        return cls.model_validate(values)


class LedgerDayView(BaseModel):
    """One day of an item's ledger; quantities are signed as they change the balance."""

    day: date
    opening: Decimal = Field(description="期初 / balance before")
    purchased: Decimal = Field(description="采购 / came in")
    purchase_returned: Decimal = Field(description="采购退货")
    sold: Decimal = Field(description="销售 / went out")
    sale_returned: Decimal = Field(description="销售退货")
    changed: Decimal = Field(description="库存变更")
    count_difference: Decimal = Field(description="盘点差异 / what a count found beside the books")
    deleted: Decimal = Field(description="已删除单据的冲回 / takes back what was deleted")
    closing: Decimal = Field(
        description="期末，为负即账面短缺 / balance after, below zero when the books do not add up"
    )
    movements: int

    @classmethod
    def of(cls, day: LedgerDay) -> Self:
        """Return the view of a day."""
        quantities = {
            name: quantity(getattr(day, f"{name}_e4")) for name in cls.model_fields if name not in {"day", "movements"}
        }
        return cls.model_validate({"day": day.day, "movements": day.movements, **quantities})


class LedgerView(BaseModel):
    """The stock ledger (进销存台账) of one item in one institution."""

    institution_code: str
    item_code: str
    balance: Decimal = Field(description="截止日结存 / balance at the end")
    days: list[LedgerDayView] = Field(description="有变动的日期 / days on which something moved")

"""The body of a posted stock movement (进销存单据)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from services.intake.api.struct_body import StructBody
from services.intake.domain.codes import LONGEST_HOSPITAL_ITEM, LONGEST_TRACEABILITY
from services.intake.domain.stock import MovementKind, Payer

Instant = Annotated[datetime, Meta(tz=True, description="ISO 8601 带时区 / with its offset")]
OwnId = Annotated[str, Meta(max_length=64)]
Text = Annotated[str, Meta(max_length=LONGEST_HOSPITAL_ITEM)]
TraceabilityCode = Annotated[str, Meta(max_length=LONGEST_TRACEABILITY)]


class MovementBody(Struct, gc=False, kw_only=True):
    """A stock movement as an institution posts it."""

    movement_id: OwnId
    institution_code: Annotated[str, Meta(max_length=12)]
    kind: Annotated[
        MovementKind,
        Meta(description="盘点、变更、采购、采购退货、销售、销售退货、删除 / count … delete"),
    ]
    moved_at: Instant
    item_code: Annotated[str, Meta(max_length=64, description="医保目录编码 / item code")] | None = None
    hospital_item_code: Text | None = None
    quantity: Annotated[Decimal, Meta(description="数量，最多 4 位小数 / at most 4 decimals")] | None = None
    unit_price: Annotated[Decimal, Meta(description="单价（元），最多 6 位小数 / yuan, at most 6 decimals")] | None = (
        None
    )
    amount_fen: Annotated[int, Meta(description="分 / fen")] | None = None
    batch_number: Text | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    traceability_codes: tuple[TraceabilityCode, ...] = ()
    split_pack: Annotated[bool, Meta(description="拆零 / split pack")] = False
    change_reason: Annotated[str, Meta(max_length=6, description="库存变更类型 / inv_chg_type")] | None = None
    document_number: Text | None = None
    supplier_permit: Text | None = None
    prescription_number: Text | None = None
    prescription_drug: bool | None = None
    paid_by: Payer | None = None
    settlement_id: OwnId | None = None
    visit_id: Text | None = None
    refers_to: Annotated[str, Meta(max_length=64, description="所退或所删的单据 / returned or deleted")] | None = None


MOVEMENT = StructBody(MovementBody)

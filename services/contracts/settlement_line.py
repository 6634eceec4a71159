"""One fee line of a settlement, a value inside the facts about it."""

from typing import Literal

import msgspec

from services.contracts.fact import Instant

ItemKind = Literal["drug", "herb", "service", "consumable", "other"]
"""Kind of a charged item, from the national ``list_type`` (目录类别)."""


class SettlementLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fee line (费用明细)."""

    number: int
    """Position within the settlement, from 1."""
    item_code: str
    """National item code (医保目录编码): X… 23, Z… 20, T… 10, C… 20/27 characters, services 15 digits."""
    item_kind: ItemKind
    quantity_e4: int
    """Quantity times 10,000; negative on a refund line."""
    unit_price_e4: int
    """Unit price in 1/10,000 fen."""
    amount_fen: int
    charged_at: Instant
    """When the fee arose (费用发生时间), UTC."""
    practitioner_code: str | None = None
    """Ordering practitioner (开单人员)."""
    department_code: str | None = None
    traceability_codes: tuple[str, ...] = ()
    """Traceability codes (追溯码) scanned for this line."""
    split_pack: bool = False
    """True when the pack was split before sale (拆零, ``trdn_flag`` = 1)."""
    fund_scope_fen: int | None = None
    """Part of the amount within the fund's scope (符合范围金额, ``inscp_scp_amt``); None when it was not sent."""
    prescription_number: str | None = None
    """Prescription or order the line was made from (``rxno``, ``drord_no``)."""
    hospital_item_code: str | None = None
    """The institution's own code of the item (``medins_list_codg``)."""
    days_of_supply_e2: int | None = None
    """Days the quantity is meant for (``prd_days``), times 100."""
    dose_e4: int | None = None
    """Single dose, the number alone (``sin_dos_dscr``), times 10,000."""
    doses_per_day_e4: int | None = None
    """Doses a day (``used_frqu_dscr``), times 10,000."""
    refund_of: int | None = None
    """Number of the line of this settlement that a refund line takes back (``init_feedetl_sn``)."""

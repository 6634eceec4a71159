"""Bodies of the reconciliation's routes, as people read them in the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.intake.domain.codes import INSTITUTION, SETTLEMENT_ID
from services.intake.domain.reconciliation import MOST_STATED
from services.intake.storage.reconciliation import StoredReconciliation
from services.intake.use_cases.reconciliation.read import Detail

MOST_FEN = 10**16 - 1
Fen = Annotated[int, Field(ge=-MOST_FEN, le=MOST_FEN)]
Type = Annotated[str, StringConstraints(pattern="^[0-9]{1,6}$")]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000, pattern=r"^[^\x00]*$")]
SettlementId = Annotated[str, StringConstraints(pattern=f"^{SETTLEMENT_ID}$")]
StateName = Literal["matched", "open", "explained"]


class StatedSettlement(BaseModel):
    """One settlement as stated; amounts that are left out are not compared."""

    model_config = ConfigDict(extra="forbid")

    settlement_id: SettlementId
    total_fen: Fen
    fund_fen: Fen | None = None
    account_fen: Fen | None = None
    cash_fen: Fen | None = None


class TotalsBody(BaseModel):
    """Count and sums; sums that are left out are not compared."""

    settlements: int = Field(ge=0, le=10_000_000, description="结算笔数 / number of settlements")
    total_fen: Fen | None = Field(default=None, description="医疗费总额（分）")
    fund_fen: Fen | None = Field(default=None, description="基金支付总额（分）")
    account_fen: Fen | None = Field(default=None, description="个人账户支付（分）")
    cash_fen: Fen | None = Field(default=None, description="个人现金支付（分）")


class StatementBody(BaseModel):
    """What an institution says it settled."""

    model_config = ConfigDict(extra="forbid")

    institution_code: Annotated[str, StringConstraints(pattern=f"^{INSTITUTION}$")]
    first_day: date = Field(description="对账日期或开始日期 / the day, or the first of them, in Shanghai")
    last_day: date | None = Field(default=None, description="结束日期，默认同开始 / by default the same day")
    insurance_type: Type | None = Field(default=None, description="仅该险种 / of this insutype only")
    clearing_type: Literal["11", "21", "41", "99"] | None = Field(default=None, description="仅该清算类别 / clr_type")
    medical_type: Type | None = Field(default=None, description="仅该医疗类别 / of this med_type only")
    refunds: bool = Field(default=False, description="退费对账 / about what was taken back on these days")
    totals: TotalsBody | None = Field(default=None, description="有明细时可省略 / may be left out with a list")
    settlements: list[StatedSettlement] | None = Field(default=None, max_length=MOST_STATED)


class StatementView(BaseModel):
    """One version of a statement."""

    revision: int
    source: Literal["rest", "csv", "fsi"]
    stated_at: datetime
    stated_by: str
    totals: TotalsBody


class DifferenceView(BaseModel):
    """One difference and where it stands."""

    kind: Literal["missing_here", "missing_there", "amount_differs", "totals_differ"] = Field(
        description="missing_here 平台缺少，missing_there 机构缺少，amount_differs 金额不一致，totals_differ 总数不一致"
    )
    settlement_id: str = Field(description="总数差异为空 / empty for the totals")
    stated: dict[str, int | None] | None
    held: dict[str, int | None] | None
    state: Literal["open", "explained", "solved"]
    opened_at: datetime
    closed_at: datetime | None
    explained_by: str | None
    why: str | None


class ReconciliationView(BaseModel):
    """How days of an institution stand."""

    reconciliation_id: UUID
    institution_code: str
    region: str
    first_day: date
    last_day: date
    insurance_type: str | None
    clearing_type: str | None
    medical_type: str | None
    refunds: bool
    state: StateName = Field(description="matched 一致，open 有差异，explained 差异已说明")
    revision: int = Field(description="申报版本 / number of the statement that counts")
    stated: TotalsBody
    held: TotalsBody
    compared_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, stored: StoredReconciliation) -> Self:
        """Return the view of a reconciliation."""
        return cls.model_validate(_values(stored))


class ReconciliationDetail(ReconciliationView):
    """The same with every version of the statement and the differences."""

    statements: list[StatementView]
    differences: list[DifferenceView] = Field(description="最多 1000 条 / at most 1000")
    counts: dict[str, dict[str, int]] = Field(description="各类各状态差异数 / number by kind and state")

    @classmethod
    def with_details(cls, detail: Detail) -> Self:
        """Return the view of a reconciliation and all that belongs to it."""
        values = _values(detail.stored)
        values["statements"] = [one._asdict() for one in detail.statements]
        values["differences"] = [one._asdict() for one in detail.differences]
        counts: dict[str, dict[str, int]] = {}
        for (kind, state), number in detail.counts.items():
            counts.setdefault(kind, {})[state] = number
        values["counts"] = counts
        return cls.model_validate(values)


class Explanation(BaseModel):
    """Why differences are as they are."""

    model_config = ConfigDict(extra="forbid")

    why: Why
    settlement_ids: list[SettlementId] | None = Field(
        default=None, max_length=10_000, description="默认全部待说明差异 / by default all that are open"
    )


class FileView(BaseModel):
    """Details that were uploaded for a 3202."""

    file_qury_no: str
    count: int


def _values(stored: StoredReconciliation) -> dict[str, Any]:
    values = stored._asdict()
    for name in ("insurance_type", "clearing_type", "medical_type"):
        values[name] = values[name] or None
    return values

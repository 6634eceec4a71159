"""What callers send and read about insured persons."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.credit.domain.insured import CounterCause

_REFERENCE = r"^[0-9a-f]{32}$"
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
_MOST_FEN = 10**15

Purpose = Literal["settlement", "case", "objection", "audit"]
"""Why somebody reads: 结算、办案、申诉、审计."""

Reference = Annotated[str, Path(pattern=_REFERENCE, description="参保人假名 / Pseudonym of the insured person")]
StatedPurpose = Annotated[Purpose, Query(description="查询目的，记入查阅日志 / Why; it goes into the log of readings")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InsuredSanctionBody(_Body):
    """依条例第四十一条对参保人的处理决定 / A decision under Article 41 of the Regulation."""

    entry_id: UUID = Field(description="由提交方给定，重复提交结果相同 / Given by the caller; repeating is harmless")
    insured_ref: str = Field(
        pattern=_REFERENCE, description="参保人假名；不收其他个人信息 / Pseudonym, and nothing else"
    )
    circumstance: str = Field(
        max_length=64, pattern=_PRINTABLE, description="情形，见政策文件 / Circumstance of the policy"
    )
    decided_on: date
    document_number: str = Field(min_length=1, max_length=100, pattern=_PRINTABLE, description="文书文号 / Document")
    refund_fen: int = Field(default=0, ge=0, le=_MOST_FEN, description="责令退回金额 / To be refunded")
    fine_fen: int = Field(default=0, ge=0, le=_MOST_FEN, description="罚款 / Fine")
    pause_months: int = Field(default=0, ge=0, le=12, description="暂停联网结算月数 / Months without online settlement")
    pause_from: date | None = Field(default=None, description="暂停起始日 / First day of the pause")


class CounterEntryBody(_Body):
    """撤销处理决定 / A decision is taken back."""

    counter_id: UUID = Field(description="由提交方给定 / Given by the caller")
    cause: CounterCause
    document_number: str = Field(min_length=1, max_length=100, pattern=_PRINTABLE, description="文书文号 / Document")


class InsuredEntryView(BaseModel):
    """参保人信用台账的一条；不含参保人标识 / One entry of the ledger, without the person's reference."""

    entry_id: UUID
    circumstance: str
    circumstance_text: str
    article: str
    decided_on: date
    document_number: str
    refund_fen: int
    fine_fen: int
    pause_months: int
    pause_from: datetime | None
    pause_until: datetime | None
    policy_version: str
    recorded_at: datetime
    counters_entry_id: UUID | None
    cause: str | None


class InsuredLedgerView(BaseModel):
    """台账，含冲销 / The ledger, counter-entries included."""

    items: list[InsuredEntryView]


class PauseView(BaseModel):
    """联网结算是否暂停 / Whether online settlement is paused."""

    at: datetime
    paused: bool
    until: datetime | None = Field(description="恢复联网结算的时刻 / First instant without a pause")
    entry_ids: list[UUID] = Field(description="所依据的台账 / The entries it rests on")


class AccessView(BaseModel):
    """查阅日志的一条 / One reading."""

    read_at: datetime
    subject: str
    insured_ref: str
    matter: str
    purpose: str
    granted: bool

"""What callers send and read."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.screening import Severity, Verdict
from services.screening.domain.review import Decision, Status

Reason = Annotated[str, Field(min_length=1, max_length=2000, description="理由 / Reason")]
Fen = Annotated[int, Field(description="金额，单位分 / Amount in fen")]

MOST_DECISIONS = 500
"""Decisions of one request: as many as one transaction takes without keeping others waiting."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConfirmationBody(_Body):
    """确认违规 / Uphold a finding."""

    reason: Reason
    amount_fen: int | None = Field(
        default=None,
        ge=0,
        description="认定金额（分），缺省为全部 / Amount upheld in fen; all that is at issue when left out",
    )


class ReasonBody(_Body):
    """驳回或撤销的理由 / Why a finding is dismissed or overturned."""

    reason: Reason


class DecisionBody(_Body):
    """一条决定 / One decision."""

    finding_id: UUID
    decision: Literal[Decision.CONFIRM, Decision.DISMISS]
    reason: Reason
    amount_fen: int | None = Field(default=None, ge=0, description="认定金额（分） / Amount upheld in fen")


class DecisionsBody(_Body):
    """一批决定 / Several decisions."""

    decisions: list[DecisionBody] = Field(min_length=1, max_length=MOST_DECISIONS)


class RulingView(BaseModel):
    """谁在何时因何作出 / Who decided, when and why."""

    by: str
    at: datetime
    reason: str


class LifeView(BaseModel):
    """疑点经历的一步 / One step in the life of a finding."""

    status: Status
    at: datetime
    by: str
    reason: str | None
    amount_fen: int | None


class FindingView(BaseModel):
    """疑点 / A finding."""

    finding_id: UUID
    settlement_ref: UUID
    settlement_id: str = Field(description="机构的结算编号 / The institution's own id")
    institution_code: str
    practitioner_codes: list[str]
    rule_code: str
    knowledge_point: str | None
    severity: Severity = Field(description="violation 明确违规, suspicion 可疑")
    line_numbers: list[int] = Field(description="违规明细行号 / Lines at issue")
    amount_at_issue_fen: Fen
    amount_upheld_fen: int | None = Field(description="认定金额（分） / Amount upheld, in fen")
    text: str = Field(description="说明，语言随 Accept-Language / Text in the language asked for")
    rulebook_version: str
    status: Status
    raised_at: datetime
    decided: RulingView | None
    overturned: RulingView | None
    withdrawn_at: datetime | None


class FindingDetailView(FindingView):
    """疑点及其证据和经历 / A finding with its evidence and its life."""

    evidence: dict[str, Any] = Field(
        description="prior 先前记录, values 计算值, related_lines 涉及项 / Earlier records, values, related lines"
    )
    life: list[LifeView]


class DecisionAnswer(BaseModel):
    """一条决定的结果 / What came of one decision."""

    finding_id: UUID
    http_status: int = Field(description="单独提交时的状态码 / The status it would have had alone")
    status: Status | None = Field(description="疑点当前状态 / Where the finding now stands")
    code: str | None = Field(default=None, description="未采纳的原因代码 / Why it was not taken")
    detail: str | None = None


class DecisionsAnswer(BaseModel):
    """一批决定的结果，次序同请求 / What came of each decision, in the order of the request."""

    items: list[DecisionAnswer]


class ScreeningView(BaseModel):
    """一次结算的审核结果 / Outcome of a settlement's screening."""

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    verdict: Verdict | None = Field(description="null：审核前已退费 / null: reversed before it was screened")
    rulebook_version: str | None
    amount_at_issue_fen: int | None
    screened_at: datetime | None
    reversed_at: datetime | None
    findings: list[FindingView]


class FindingCountView(BaseModel):
    """某规则某状态的疑点数 / Findings of one rule in one status."""

    rule_code: str
    status: Status
    findings: int
    amount_at_issue_fen: Fen
    amount_upheld_fen: Fen


class StatisticsView(BaseModel):
    """疑点统计 / Findings by rule and status."""

    items: list[FindingCountView]


class ActivationBody(_Body):
    """启用规则库 / Activate a rulebook."""

    reason: Reason | None = Field(
        default=None,
        description="不做影响面评估或恢复旧版本的理由 / Why no blast radius, or why an earlier version returns",
    )


class RulebookView(BaseModel):
    """规则库版本 / A rulebook version."""

    version: str
    status: Literal["draft", "validated", "shadow", "active", "retired"]
    author: str
    drafted_at: datetime
    approver: str | None
    activated_at: datetime | None
    retired_at: datetime | None
    editors: list[str] = Field(default_factory=list, description="导入或确认过的人 / Who imported or confirmed in it")
    validated_at: datetime | None = None
    shadowed_at: datetime | None = None


class RulebookDetailView(RulebookView):
    """规则库版本及内容 / A rulebook version with its content."""

    content: dict[str, Any]

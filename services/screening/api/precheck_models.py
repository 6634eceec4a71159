"""What callers of pre-checks read."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.screening import Severity, Verdict
from services.screening.domain.judgeable import Unknown
from services.screening.use_cases.precheck_request import PrecheckPhase
from services.screening.use_cases.understand_claim import LineProblem


class ReminderView(BaseModel):
    """一条提醒 / One reminder."""

    reminder_id: UUID = Field(description="同一就诊的同一提醒编号不变 / The same for the same reminder about one visit")
    rule_code: str
    rule_name_zh: str
    rule_name_en: str
    knowledge_point: str | None
    severity: Severity
    line_numbers: list[int] = Field(description="违规项 / Lines at issue")
    related_lines: list[int] = Field(description="涉及项 / Lines that are evidence")
    amount_at_issue_fen: int
    text_zh: str
    text_en: str
    legal_basis: str
    needs: str = Field(description="结算数据之外还须核对的材料 / What the record must show beyond the claim")
    evidence: dict[str, Any] = Field(description="values 计算值, prior 先前记录 / Computed values, earlier records")


class NotJudgedView(BaseModel):
    """未能判断的规则 / A rule that could not be judged."""

    rule_code: str
    rule_name: str
    missing: list[Unknown]
    reason: str
    in_part: bool = Field(description="已就本次内容判断 / Judged all the same, on this visit alone")
    line_numbers: list[int]


class LineNotJudgedView(BaseModel):
    """未能判断的明细 / A line that no rule could look at."""

    number: int
    problem: LineProblem
    reason: str


class PrecheckView(BaseModel):
    """事前、事中审核结果 / What a pre-check tells."""

    task_id: str | None
    phase: PrecheckPhase
    rulebook_version: str
    verdict: Verdict
    amount_at_issue_fen: int
    reminders: list[ReminderView]
    not_judged: list[NotJudgedView]
    lines_not_judged: list[LineNotJudgedView]
    unknown_rules: list[str] = Field(description="规则库中没有的规则 / Rules asked for that are not in the rulebook")
    failed_rules: list[str] = Field(description="执行出错的规则 / Rules whose check broke")


class AcceptanceView(BaseModel):
    """一组提醒的采纳情况 / Reminders of one group and what became of them."""

    group: str | None
    reminders: int
    answered: int
    revised: int = Field(description="返回修改 / Heeded: the doctor went back")
    continued_without_reason: int = Field(description="继续执行且未说明理由 / Continued and gave no reason")
    acceptance_rate: float | None = Field(description="采纳率：返回修改占已反馈 / Heeded among those answered")
    amount_fen: int


class AcceptanceAnswer(BaseModel):
    """提醒采纳统计 / How reminders are heeded."""

    by: str
    items: list[AcceptanceView]

"""Rails over HTTP: rules that were paused, budgets of suspicions, and findings that were held."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, encode_cursor
from services.screening.api.models import Reason
from services.screening.api.resources import Opened
from services.screening.wiring import build_tend_rules

router = APIRouter(prefix="/screening/v1", tags=["规则护栏 rails"])

Reader = Annotated[Principal, Depends(require("rulebooks:read"))]
Keeper = Annotated[Principal, Depends(require("rulebooks:activate"))]

MOST_RELEASED = 500
"""Held findings raised by one request: as many as one transaction takes without keeping others waiting."""


class PauseBody(BaseModel):
    """暂停规则 / Pause a rule."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class ResumeBody(PauseBody):
    """恢复规则 / Let a rule speak again."""

    exempt_days: int = Field(
        default=14, ge=0, le=90, description="多少天内不再自动暂停 / Days for which it is not paused by itself"
    )


class BudgetBody(BaseModel):
    """每日疑点预算 / Suspicions of a rule that are raised on a business day."""

    model_config = ConfigDict(extra="forbid")

    per_day: int | None = Field(ge=0, description="null 取消限制 / null takes the limit away")


class ReleaseBody(BaseModel):
    """放行被扣留的疑点 / Have held findings raised."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=MOST_RELEASED)


class PauseView(BaseModel):
    """一次暂停 / A pause of a rule."""

    rule_code: str
    cause: Literal["jump", "share", "failures", "person"]
    paused_at: datetime
    paused_by: str
    reason: str | None
    figures: dict[str, Any] | None
    resumed_at: datetime | None
    resumed_by: str | None
    resume_reason: str | None
    exempt_until: datetime | None


class BudgetView(BaseModel):
    """一条规则的预算 / The budget of a rule."""

    rule_code: str
    per_day: int
    set_by: str
    set_at: datetime


class HeldCountView(BaseModel):
    """被扣留的疑点数 / Held findings of a rule."""

    rule_code: str
    purpose: str = Field(description="paused 规则暂停, budget 超出预算")
    findings: int
    amount_at_issue_fen: int
    oldest: datetime


class HeldFindingView(BaseModel):
    """被扣留的疑点 / A held finding."""

    id: UUID
    purpose: str
    rulebook_version: str
    rule_code: str
    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    knowledge_point: str | None
    severity: str
    line_numbers: list[int]
    amount_at_issue_fen: int
    held_at: datetime
    text_zh: str | None
    text_en: str | None


class ReleasedView(BaseModel):
    """放行结果 / What came of it."""

    taken: int
    raised: int


@router.get("/rules/pauses", summary="被暂停的规则 / Paused rules")
async def list_pauses(
    _reader: Reader,
    resources: Opened,
    is_open: Annotated[bool, Query(alias="open", description="仅当前暂停 / Only those paused now")] = True,
) -> list[PauseView]:
    """最近的在前 / Newest first."""
    found = await build_tend_rules(resources).pauses(open_only=is_open)
    return [PauseView.model_validate(asdict(one)) for one in found]


@router.post("/rules/{rule_code}/pause", summary="暂停规则 / Pause a rule")
async def pause_rule(rule_code: str, wanted: PauseBody, keeper: Keeper, resources: Opened) -> list[PauseView]:
    """其疑点留存不发送 / What it finds is held, not sent."""
    tend = build_tend_rules(resources)
    await tend.pause(rule_code, by=keeper.subject, reason=wanted.reason)
    return [PauseView.model_validate(asdict(one)) for one in await tend.pauses(open_only=True)]


@router.post("/rules/{rule_code}/resumption", summary="恢复规则 / Let a rule speak again")
async def resume_rule(rule_code: str, wanted: ResumeBody, keeper: Keeper, resources: Opened) -> list[PauseView]:
    """已扣留的仍在清单上，另行放行 / What was held stays on the list until it is released."""
    tend = build_tend_rules(resources)
    await tend.resume(rule_code, by=keeper.subject, reason=wanted.reason, exempt_days=wanted.exempt_days)
    return [PauseView.model_validate(asdict(one)) for one in await tend.pauses(open_only=True)]


@router.get("/rules/budgets", summary="疑点预算 / Budgets of suspicions")
async def list_budgets(_reader: Reader, resources: Opened) -> list[BudgetView]:
    """没有列出的规则不限 / A rule that is not listed has none."""
    return [BudgetView.model_validate(asdict(one)) for one in await build_tend_rules(resources).budgets()]


@router.put("/rules/{rule_code}/budget", summary="设定疑点预算 / Set a budget of suspicions")
async def set_budget(rule_code: str, wanted: BudgetBody, keeper: Keeper, resources: Opened) -> list[BudgetView]:
    """超出部分留存、计数、可放行 / What is beyond it is held, counted, and can be released."""
    tend = build_tend_rules(resources)
    await tend.set_budget(rule_code, wanted.per_day, by=keeper.subject)
    return [BudgetView.model_validate(asdict(one)) for one in await tend.budgets()]


@router.get("/held-findings/counts", summary="被扣留的疑点数 / Held findings by rule")
async def count_held(_reader: Reader, resources: Opened) -> list[HeldCountView]:
    """确数 / Exact."""
    return [HeldCountView.model_validate(asdict(one)) for one in await build_tend_rules(resources).held()]


@router.get("/held-findings", summary="被扣留的疑点 / Held findings")
async def list_held(
    _reader: Reader,
    resources: Opened,
    purpose: Annotated[Literal["paused", "budget", "shadow"] | None, Query(description="为何未发送 / Why")] = None,
    rule: Annotated[str | None, Query(description="规则编码 / Rule")] = None,
    version: Annotated[str | None, Query(description="规则库版本 / Rulebook")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[HeldFindingView]:
    """最早的在前；试运行的为抽样 / Oldest first; those of a shadow are samples."""
    after = decode_id_cursor(cursor) if cursor else None
    found = await build_tend_rules(resources).held_page(
        purpose=purpose, rule_code=rule, version=version, after=after, limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[HeldFindingView.model_validate(asdict(one)) for one in shown],
        next_cursor=encode_cursor(str(shown[-1].id)) if len(found) > limit else None,
    )


@router.post("/rules/{rule_code}/release", summary="放行被扣留的疑点 / Have held findings raised")
async def release_held(rule_code: str, wanted: ReleaseBody, keeper: Keeper, resources: Opened) -> ReleasedView:
    """按现有情况重新审核这些结算 / Their claims are judged again by what is known now."""
    released = await build_tend_rules(resources).release(rule_code, limit=wanted.limit, by=keeper.subject)
    return ReleasedView.model_validate(asdict(released))

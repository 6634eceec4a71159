"""The life of rulebooks over HTTP: validation, the shadow, differences, published files, proposals from text."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, encode_cursor
from services.screening.api.models import RulebookView
from services.screening.api.resources import Opened
from services.screening.api.views import rulebook_view
from services.screening.storage.proposals import StoredProposal
from services.screening.use_cases.import_points import PublishedFile
from services.screening.wiring import (
    build_confirm_proposals,
    build_draft_rulebook,
    build_import_points,
    build_read_rulebook_life,
    build_shadow_rulebook,
    build_validate_rulebook,
)

router = APIRouter(prefix="/screening/v1/rulebooks", tags=["规则库 rulebooks"])

_CREATED = 201

MOST_FILE_BYTES = 64 * 1024 * 1024
"""A million codes are about 25 MB as XLSX."""

Reader = Annotated[Principal, Depends(require("rulebooks:read"))]
Writer = Annotated[Principal, Depends(require("rulebooks:write"))]


class CopyBody(BaseModel):
    """新版本号 / The version of the draft to make."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(min_length=1, max_length=100)


class StepView(BaseModel):
    """规则库经历的一步 / One step in the life of a rulebook."""

    step: str
    at: datetime
    by: str
    reason: str | None
    details: dict[str, Any] | None = None


class HistoryView(BaseModel):
    """历史是否补齐 / Whether history answers all that the rulebook asks."""

    complete: bool
    claims: int
    done_until: datetime | None
    finished_at: datetime | None


class LifeOfRulebookView(BaseModel):
    """规则库的经历 / The life of a rulebook."""

    steps: list[StepView]
    report: dict[str, Any] | None = Field(description="最近一次校验报告 / Report of the last validation")
    history: HistoryView | None = Field(description="null：无需补历史 / null: nothing had to be filled")


class ShadowTallyView(BaseModel):
    """试运行与启用版本的比较 / A rule in the shadow beside the active one."""

    rule_code: str = Field(description="空：全部结算 / empty: all claims judged")
    claims: int
    found: int
    found_fen: int
    active: int
    active_fen: int
    new: int
    gone: int
    failures: int


class FileReportView(BaseModel):
    """一个文件的导入结果 / What came of one file."""

    file: str
    rule_code: str
    rows: int
    points: int
    codes: int
    added: int
    replaced: int
    older: int
    waiting: int
    refused: int
    refusals: list[dict[str, Any]]
    notes: list[str]


class ProposalView(BaseModel):
    """由公布文字提出的条件 / A condition read from a published text."""

    id: UUID
    rule_code: str
    point_id: str
    name: str
    text: str
    proposed: dict[str, Any]
    reading: Literal["full", "part", "none"]
    confidence: Literal["high", "medium", "low"]
    rest: str = Field(description="未能结构化的部分 / What no condition speaks of")
    confirmed_at: datetime | None
    confirmed_by: str | None
    confirmed: dict[str, Any] | None


class ConfirmationOfProposalBody(BaseModel):
    """确认建议 / Confirm a proposal."""

    model_config = ConfigDict(extra="forbid")

    condition: dict[str, Any] | None = Field(
        default=None, description="修改后的条件，缺省为照建议 / The condition as changed; as proposed when left out"
    )


@router.post("/{version}/drafts", status_code=_CREATED, summary="以某版本为底起草 / Draft from a version")
async def draft_from(version: str, wanted: CopyBody, author: Writer, resources: Opened) -> RulebookView:
    """内容照搬，另起版本号 / The same content under another version."""
    return rulebook_view(await build_draft_rulebook(resources).copy(version, wanted.version, author=author.subject))


@router.post("/{version}/validation", summary="校验规则库 / Validate a rulebook")
async def validate_rulebook(version: str, author: Writer, resources: Opened) -> dict[str, Any]:
    """有 errors 不能启用，notes 供人阅读 / Errors keep it from being activated, notes are for a person to read."""
    return await build_validate_rulebook(resources)(version, by=author.subject)


@router.get("/{version}/life", summary="规则库的经历 / Life of a rulebook")
async def get_life(version: str, _reader: Reader, resources: Opened) -> LifeOfRulebookView:
    """步骤、校验报告、历史是否补齐 / Steps, report, and whether its history is complete."""
    found = await build_read_rulebook_life(resources).life(version)
    fill = found.fill
    return LifeOfRulebookView(
        steps=[StepView.model_validate(asdict(step)) for step in found.steps],
        report=None if found.report is None else dict(found.report),
        history=None
        if fill is None
        else HistoryView(
            complete=fill.finished_at is not None,
            claims=fill.claims,
            done_until=fill.done_until,
            finished_at=fill.finished_at,
        ),
    )


@router.get("/{version}/diff/{other}", summary="两个版本的差别 / What differs from another version")
async def get_difference(version: str, other: str, _reader: Reader, resources: Opened) -> dict[str, Any]:
    """以 other 为前、version 为后；知识点按规则和编码比较 / From other to version; points by rule and item code."""
    return await build_read_rulebook_life(resources).difference(version, other)


@router.post("/{version}/shadow", summary="试运行 / Let a rulebook judge in the shadow")
async def enter_shadow(version: str, author: Writer, resources: Opened) -> RulebookView:
    """与启用版本并行，疑点只作标记不发送 / Beside the active one; what it finds is marked and never sent."""
    return rulebook_view(await build_shadow_rulebook(resources).enter(version, by=author.subject))


@router.delete("/{version}/shadow", summary="结束试运行 / End the trial")
async def leave_shadow(version: str, author: Writer, resources: Opened) -> RulebookView:
    """结果仍可读 / What it found can still be read."""
    return rulebook_view(await build_shadow_rulebook(resources).leave(version, by=author.subject))


@router.get("/{version}/shadow", summary="试运行结果 / What it found beside the active one")
async def get_shadow(version: str, _reader: Reader, resources: Opened) -> list[ShadowTallyView]:
    """按规则 / By rule."""
    found = await build_shadow_rulebook(resources).tallies(version)
    return [ShadowTallyView.model_validate(asdict(one)) for one in found]


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/{version}/imports",
    max_body_size=MOST_FILE_BYTES,
    summary="导入公布的知识点 / Import published knowledge points",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_points(
    version: str,
    content: Annotated[bytes, Depends(_body)],
    author: Writer,
    resources: Opened,
    published_on: Annotated[date, Query(description="公布日期 / Day of publication")],
    file: Annotated[str, Query(max_length=300, description="文件名 / Name of the file")] = "",
    rule: Annotated[
        str | None, Query(description="规则编码，缺省按表头判断 / Rule; told by headers when left out")
    ] = None,
) -> FileReportView:
    """请求体即 XLSX 或 CSV 文件；同一规则同一编码以最新公布为准 / The body is the file; the newest publication wins."""
    [report] = await build_import_points(resources)(
        version, [PublishedFile(file, content)], published_on=published_on, by=author.subject, rule_code=rule
    )
    return FileReportView.model_validate(asdict(report))


@router.post("/{version}/proposals", summary="由文字提出条件 / Read conditions from texts")
async def make_proposals(version: str, author: Writer, resources: Opened) -> dict[str, int]:
    """对尚为文字的知识点 / For points that still are mere text."""
    return {"proposals": await build_confirm_proposals(resources).propose(version, by=author.subject)}


@router.get("/{version}/proposals", summary="条件建议 / Proposals")
async def list_proposals(
    version: str,
    _reader: Reader,
    resources: Opened,
    rule: Annotated[str | None, Query(description="规则编码 / Rule")] = None,
    is_open: Annotated[bool | None, Query(alias="open", description="true 未确认 / true: not confirmed")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ProposalView]:
    """按提出的次序 / In the order they were made."""
    after = decode_id_cursor(cursor) if cursor else None
    found = await build_confirm_proposals(resources).page(
        version, rule_code=rule, is_open=is_open, after=after, limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[_proposal(one) for one in shown],
        next_cursor=encode_cursor(str(shown[-1].id)) if len(found) > limit else None,
    )


@router.post("/{version}/proposals/{proposal_id}/confirmation", summary="确认条件 / Confirm a proposal")
async def confirm_proposal(
    version: str,
    proposal_id: UUID,
    author: Writer,
    resources: Opened,
    wanted: Annotated[ConfirmationOfProposalBody, Body()],
) -> ProposalView:
    """确认后写入草案；确认人不能启用该版本 / Goes into the draft; who confirms may not activate it."""
    return _proposal(
        await build_confirm_proposals(resources).confirm(
            version, proposal_id, condition=wanted.condition, by=author.subject
        )
    )


def _proposal(stored: StoredProposal) -> ProposalView:
    fields = asdict(stored)
    return ProposalView.model_validate({**fields, "name": str(stored.point.get("name", ""))})

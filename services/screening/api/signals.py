"""Signals and indicators over HTTP: what stands out over months, for a person to look at."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.kit.auth import Principal, require
from services.kit.errors import Malformed
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from services.screening.api.resources import Opened, Spoken
from services.screening.wiring import build_read_signals

router = APIRouter(prefix="/screening/v1", tags=["线索 signals"])

Reader = Annotated[Principal, Depends(require("findings:read"))]


class SignalView(BaseModel):
    """线索，不是认定 / A signal, never a verdict."""

    id: UUID
    month: date = Field(description="月份首日 / First day of the month")
    kind: str = Field(
        description="indicator, stock_balance, group_admission, village_admission, household_stays, pharmacy_chain, "
        "card_collectors, impossible_hours, two_places, growth, institution_growth"
    )
    rule_code: str | None
    subject: str = Field(description="机构、人员或参保人假名 / Institution, practitioner or pseudonym")
    institution_code: str | None
    evidence: dict[str, Any] = Field(description="value, limit, settlements 机构|结算编号 / institution and id")
    text: str
    raised_at: datetime


class IndicatorView(BaseModel):
    """一项指标及同类分布 / One indicator among its peers."""

    measure: str
    value: float
    peers: int = Field(description="同类同级机构数 / Institutions of the same kind and level")
    low: float = Field(description="第10百分位 / Tenth percentile")
    median: float
    high: float = Field(description="第90百分位 / Ninetieth percentile")
    score: float = Field(description="稳健z值 / Robust z-score")


@router.get("/signals", summary="线索列表 / List signals")
async def list_signals(
    reader: Reader,
    resources: Opened,
    language: Spoken,
    institution: Annotated[str | None, Query(description="机构编码 / Institution code")] = None,
    kind: Annotated[str | None, Query(description="类别 / Kind")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SignalView]:
    """新的在前；机构只见本机构的 / Newest first; an institution sees only its own."""
    before = _signal_id(decode_cursor(cursor, 1)[0]) if cursor else None
    found = await build_read_signals(resources).page(
        reader, institution=institution, kind=kind, before=before, limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[
            SignalView(
                id=one.id,
                month=one.month,
                kind=one.kind,
                rule_code=one.rule_code,
                subject=one.subject,
                institution_code=one.institution_code,
                evidence=dict(one.evidence),
                text=one.text_zh if language == "zh" else one.text_en,
                raised_at=one.raised_at,
            )
            for one in shown
        ],
        next_cursor=encode_cursor(str(shown[-1].id)) if len(found) > limit else None,
    )


@router.get("/indicators", summary="机构统计指标 / An institution's indicators")
async def read_indicators(
    reader: Reader,
    resources: Opened,
    institution: Annotated[str, Query(description="机构编码 / Institution code")],
    month: Annotated[date, Query(description="月份首日 / First day of the month")],
) -> list[IndicatorView]:
    """与同类同级机构的分布对照 / Beside the distribution of institutions of its kind and level."""
    found = await build_read_signals(resources).indicators(reader, institution, month)
    return [IndicatorView(measure=measure, **one) for measure, one in sorted(found.items())]


def _signal_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None

"""Institutions over HTTP: the score of one with its ledger, a page of scores."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.credit.api.cursors import code_after, position_after
from services.credit.api.models import InstitutionCode, InstitutionFileView, InstitutionView
from services.credit.api.resources import Opened, Spoken
from services.credit.api.views import institution_view, score_entry_view
from services.credit.wiring import build_read_institutions
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1/institutions", tags=["机构信用 institutions"])

Reader = Annotated[Principal, Depends(require("ratings:read"))]


@router.get("", summary="机构信用分列表 / List institutions with their scores")
async def list_institutions(
    reader: Reader, resources: Opened, language: Spoken, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[InstitutionView]:
    """按机构编码排列；机构只见本机构 / By code; an institution sees itself only."""
    found = await build_read_institutions(resources).page(reader, after=code_after(cursor), limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[institution_view(score, language) for score in shown],
        next_cursor=encode_cursor(shown[-1].registered.institution_code) if len(found) > limit else None,
    )


@router.get("/{code}", summary="机构信用分及台账 / Score of an institution and every entry that made it")
async def get_institution(
    code: InstitutionCode,
    reader: Reader,
    resources: Opened,
    language: Spoken,
    year: Annotated[int | None, Query(ge=2025, le=2200, description="年度，缺省为今年 / Year; the current one")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> InstitutionFileView:
    """每一分都有理由、依据和政策版本 / Each change with its reason and policy version."""
    score, entries = await build_read_institutions(resources).one(
        code, reader, year=year, after=position_after(cursor), limit=limit + 1
    )
    shown = entries[:limit]
    return InstitutionFileView(
        **institution_view(score, language).model_dump(),
        entries=[score_entry_view(entry, language) for _, entry in shown],
        next_cursor=encode_cursor(shown[-1][0]) if len(entries) > limit else None,
    )

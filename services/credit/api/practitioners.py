"""Practitioners over HTTP: the file of one, a page of many."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.credit.api.cursors import code_after
from services.credit.api.models import (
    Instant,
    InstitutionCode,
    PractitionerCode,
    PractitionerFileView,
    PractitionerView,
)
from services.credit.api.resources import Opened, Spoken
from services.credit.api.views import practitioner_file_view, practitioner_view
from services.credit.domain.standing import Status
from services.credit.wiring import build_read_practitioners
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1/practitioners", tags=["人员记分 practitioners"])

Reader = Annotated[Principal, Depends(require("standing:read"))]


@router.get("", summary="人员记分列表 / List practitioners with points and status")
async def list_practitioners(
    reader: Reader,
    resources: Opened,
    language: Spoken,
    status: Annotated[Status | None, Query(description="资格状态 / Status")] = None,
    institution: Annotated[InstitutionCode | None, Query(description="机构编码 / Institution code")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PractitionerView]:
    """按人员代码排列；机构只见本机构人员 / By code; an institution sees its own staff only."""
    found = await build_read_practitioners(resources).page(
        reader, status=status, institution_code=institution, after=code_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[practitioner_view(file, language) for file in shown],
        next_cursor=encode_cursor(shown[-1].registered.practitioner_code) if len(found) > limit else None,
    )


@router.get("/{code}", summary="一医一档 / The file of one practitioner")
async def get_practitioner(
    code: PractitionerCode,
    reader: Reader,
    resources: Opened,
    language: Spoken,
    at: Annotated[
        Instant | None, Query(description="时刻，缺省为现在 / Instant of the standing; now when left out")
    ] = None,
    known_at: Annotated[
        Instant | None,
        Query(description="只看当时已有的台账 / Read the ledger as it stood at this instant"),
    ] = None,
) -> PractitionerFileView:
    """由台账重算任一时刻的记分与状态 / Points and status at any instant, recomputed from the ledger."""
    file = await build_read_practitioners(resources).one(code, reader, at=at, known_at=known_at)
    return practitioner_file_view(file, resources.book, language, known_at=known_at)

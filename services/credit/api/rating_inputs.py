"""Inputs of ratings over HTTP: records with their documents, and the repair of an institution's credit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.credit.api.cursors import id_after, position_after
from services.credit.api.models import InstitutionCode
from services.credit.api.rating_models import (
    RatingRecordBody,
    RatingRecordView,
    RecordWithdrawalBody,
    RepairBody,
    RepairDecisionBody,
    RepairView,
)
from services.credit.api.rating_views import rating_record_view, repair_view
from services.credit.api.resources import Opened
from services.credit.use_cases.record_rating_input import RecordedInput
from services.credit.wiring import build_read_ratings, build_record_rating_input, build_repair_credit
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1", tags=["年度信用评价 ratings"])

_CREATED = 201

Reader = Annotated[Principal, Depends(require("ratings:read"))]
Officer = Annotated[Principal, Depends(require("ratings:write"))]
Applicant = Annotated[Principal, Depends(require("ratings:object"))]
Decider = Annotated[Principal, Depends(require("ratings:decide"))]
Asked = Annotated[InstitutionCode | None, Query(description="机构编码 / Institution code")]


@router.post(
    "/rating-records",
    summary="登记评价信息 / Record an input of ratings",
    responses={_CREATED: {"model": RatingRecordView}},
)
async def record_input(
    body: RatingRecordBody, officer: Officer, resources: Opened, response: Response
) -> RatingRecordView:
    """凭文书登记；重复提交为 200，内容不同为 409 / With its document; repeated: 200, altered: 409."""
    stored, created = await build_record_rating_input(resources)(RecordedInput(**body.model_dump()), officer)
    if created:
        response.status_code = _CREATED
    return rating_record_view(stored)


@router.post(
    "/rating-records/{record_id}/withdrawal",
    summary="撤回评价信息 / Take a record back",
    responses={_CREATED: {"model": RatingRecordView}},
)
async def withdraw_input(
    record_id: UUID, body: RecordWithdrawalBody, officer: Officer, resources: Opened, response: Response
) -> RatingRecordView:
    """以新记录撤回，原记录保留 / By another record; the first one stays."""
    stored, created = await build_record_rating_input(resources).withdraw(
        record_id, body.withdrawal_id, officer, document_number=body.document_number
    )
    if created:
        response.status_code = _CREATED
    return rating_record_view(stored)


@router.get("/rating-records", summary="评价信息列表 / List recorded inputs")
async def list_inputs(
    reader: Reader,
    resources: Opened,
    institution: Asked = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[RatingRecordView]:
    """按登记顺序；机构只见本机构 / In the order entered; an institution sees its own only."""
    found = await build_read_ratings(resources).records(
        reader, institution_code=institution, after=position_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[rating_record_view(record) for _, record in shown],
        next_cursor=encode_cursor(shown[-1][0]) if len(found) > limit else None,
    )


@router.post("/repairs", summary="申请信用修复 / Apply for the repair of credit")
async def apply_for_repair(body: RepairBody, applicant: Applicant, resources: Opened) -> RepairView:
    """无新违规满规定月数后申请 / After the clean months of the policy."""
    return repair_view(
        await build_repair_credit(resources).apply(
            body.repair_id,
            body.institution_code,
            applicant,
            explanation=body.explanation,
            commitment=body.commitment_document,
        )
    )


@router.post("/repairs/{repair_id}/decision", summary="信用修复决定 / Decide an application")
async def decide_repair(repair_id: UUID, body: RepairDecisionBody, officer: Decider, resources: Opened) -> RepairView:
    """准予修复的计入下一评价周期 / Granted, it counts in the next period."""
    return repair_view(
        await build_repair_credit(resources).decide(
            repair_id, officer, granted=body.granted, reason=body.reason, document_number=body.document_number
        )
    )


@router.get("/repairs", summary="信用修复列表 / List repairs")
async def list_repairs(
    reader: Reader,
    resources: Opened,
    institution: Asked = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[RepairView]:
    """按编号排列；机构只见本机构 / By id; an institution sees its own only."""
    found = await build_repair_credit(resources).page(
        reader, institution_code=institution, after=id_after(cursor), limit=limit + 1
    )
    shown = found[:limit]
    return Page(
        items=[repair_view(entries) for entries in shown],
        next_cursor=encode_cursor(str(shown[-1][0].repair_id)) if len(found) > limit else None,
    )

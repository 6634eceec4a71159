"""Jobs over a whole region over HTTP: asked for, watched, cancelled, read page by page."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, JsonValue

from services.credit.api.cursors import code_after, id_after
from services.credit.api.rating_models import RegionYearBody
from services.credit.api.resources import Opened
from services.credit.domain.region_job import JobKind, JobPhase, JobState, RegionJob
from services.credit.use_cases.region_jobs import AskedJob
from services.credit.wiring import build_region_jobs
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, encode_cursor

router = APIRouter(prefix="/credit/v1/rating-jobs", tags=["年度信用评价 ratings"])

Reader = Annotated[Principal, Depends(require("ratings:read"))]
Officer = Annotated[Principal, Depends(require("ratings:write"))]


class JobBody(RegionYearBody):
    """全区划任务 / A job over a whole region."""

    job_id: UUID = Field(description="由提交方给定，重复提交结果相同 / Given by the caller; repeating is harmless")
    kind: JobKind = Field(description="预评或规则回测 / Preview or back-test")
    policy_version: str | None = Field(
        default=None, min_length=1, max_length=64, description="回测的规则版本 / Version to try, of a back-test"
    )


class JobView(BaseModel):
    """任务及进度 / A job and its progress."""

    job_id: UUID
    kind: JobKind
    year: int
    region: str
    policy_version: str | None
    asked_by: str
    asked_at: datetime
    state: JobState
    phase: JobPhase = Field(description="先读同类机构的数据，再逐家评价 / Peers' numbers first, then each rating")
    total: int = Field(description="提出时的机构数 / Institutions when it was asked for")
    compared: int
    done: int
    failures: int = Field(description="当前一批失败次数 / Failed tries of the chunk in hand")
    error: str | None
    touched_at: datetime


class JobFileView(JobView):
    """任务及各结果的机构数 / A job and its results by outcome."""

    outcomes: dict[str, int] = Field(description="回测为“原等级>新等级” / Of a back-test: grade>tested grade")


class JobResultView(BaseModel):
    """一家机构的结果 / The result of one institution."""

    institution_code: str
    outcome: str
    details: dict[str, JsonValue]


@router.post("", summary="提交全区划任务 / Ask for a job", status_code=202)
async def ask(body: JobBody, officer: Officer, resources: Opened, response: Response) -> JobView:
    """分批办理，进度可查，中断后续办 / In chunks, resumed where it was interrupted."""
    asked = AskedJob(body.job_id, body.kind, body.year, body.region, body.policy_version)
    job, _ = await build_region_jobs(resources).ask(asked, officer)
    response.headers["Location"] = f"/credit/v1/rating-jobs/{job.job_id}"
    return _view(job)


@router.get("", summary="任务列表 / List jobs")
async def list_jobs(
    reader: Reader, resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[JobView]:
    """按编号 / By id."""
    found = await build_region_jobs(resources).page(reader, after=id_after(cursor), limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[_view(one) for one in shown],
        next_cursor=encode_cursor(str(shown[-1].job_id)) if len(found) > limit else None,
    )


@router.get("/{job_id}", summary="任务进度 / Progress of a job")
async def get_job(job_id: UUID, reader: Reader, resources: Opened) -> JobFileView:
    """含已有结果的汇总 / With the results so far, summed up."""
    reading = await build_region_jobs(resources).one(job_id, reader)
    return JobFileView(**_view(reading.job).model_dump(), outcomes=reading.outcomes)


@router.get("/{job_id}/results", summary="任务结果 / Results of a job")
async def list_results(
    job_id: UUID, reader: Reader, resources: Opened, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[JobResultView]:
    """按机构编码；未完成的也可读 / By code, also while it runs."""
    found = await build_region_jobs(resources).results(job_id, reader, after=code_after(cursor), limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[
            JobResultView(institution_code=one.institution_code, outcome=one.outcome, details=dict(one.details))
            for one in shown
        ],
        next_cursor=encode_cursor(shown[-1].institution_code) if len(found) > limit else None,
    )


@router.post("/{job_id}/cancellation", summary="中止任务 / Cancel a job")
async def cancel(job_id: UUID, officer: Officer, resources: Opened) -> JobView:
    """已办的保留 / What is done stays."""
    return _view(await build_region_jobs(resources).cancel(job_id, officer))


def _view(job: RegionJob) -> JobView:
    return JobView.model_validate(job, from_attributes=True)

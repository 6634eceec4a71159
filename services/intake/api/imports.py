"""Routes of imports: send files, watch the job, fetch what was wrong, end it early."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.intake import wiring
from services.intake.api.import_report import XLSX, as_csv, as_xlsx
from services.intake.api.import_upload import receive
from services.intake.api.pacing import caller_of
from services.intake.domain.codes import INSTITUTION
from services.intake.domain.imports.fields import ImportKind
from services.intake.storage.imports import Job, Mode, Phase, State
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import BadRequest, Forbidden, Malformed
from services.kit.http import Language, language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1/imports", tags=["imports"])

MOST_UPLOAD_BYTES = 8 * 1024**3
"""An upload is stored as it comes; the bound of the settings, which is lower, is counted on the way."""
MOST_MAPPED = 200

Caller = Annotated[Principal, Depends(require())]
"""Any valid token: which scope is wanted depends on the kind of file."""

_SCOPES: dict[ImportKind, str] = {
    "settlements": "settlements:write",
    "reversals": "settlements:write",
    "stock": "settlements:write",
    "institutions": "registry:write",
    "departments": "registry:write",
    "practitioners": "registry:write",
    "insured_persons": "insured_registry:write",
}
_OF_ONE_INSTITUTION = frozenset({"settlements", "reversals", "stock", "departments"})
"""Kinds that an institution may send of itself; the others are the agency's to say."""

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
        },
    }
}


class RefusalView(BaseModel):
    """Why nothing, or no more, was taken."""

    code: str
    message: str


class ImportView(BaseModel):
    """An import (导入任务)."""

    import_id: UUID
    kind: ImportKind
    mode: Mode
    state: State = Field(description="接收中、等待、运行中、完成、失败、已取消 / state")
    phase: Phase | None = Field(description="读取、检查、写入 / what it is doing")
    files: int
    bytes: int
    rows_read: int
    rows_total: int | None = Field(description="读完后方知 / known when all is read")
    rows_done: int = Field(description="本阶段已处理的行 / rows dealt with in this phase")
    created: int = Field(description="新收（试运行为将新收）/ taken, or to be taken")
    same: int = Field(description="此前已收到 / had been taken before")
    rejected: int
    quarantined: int = Field(description="被拒者中存入隔离区的 / of those rejected, how many the quarantine keeps")
    doubtful: int = Field(description="收下但存疑 / taken and marked as doubtful")
    errors: int = Field(description="错误报告的行数 / lines of the error report")
    columns: dict[str, Any] | None = Field(
        description="各列对应的字段、未识别的列、被当作数值的编码列 / what was read as what, and what was not"
    )
    refusal: RefusalView | None
    rows_per_second: float | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job, spoken: Language, now: datetime) -> Self:
        """Return the view of a job."""
        at = job.progress
        refusal = job.refusal
        seconds = (job.finished_at or now) - job.started_at if job.started_at else None
        rows = max(at.rows_read, at.rows_done)
        return cls(
            import_id=job.job_id,
            kind=job.kind,
            mode=job.mode,
            state=job.state,
            phase=at.phase,
            files=job.files,
            bytes=job.bytes,
            rows_read=at.rows_read,
            rows_total=at.rows_read if at.reading_done else None,
            rows_done=at.rows_done,
            created=at.created,
            same=at.same,
            rejected=at.rejected,
            quarantined=at.quarantined,
            doubtful=at.doubtful,
            errors=at.errors,
            columns=dict(job.columns) if job.columns is not None else None,
            refusal=RefusalView(code=refusal["code"], message=refusal[spoken]) if refusal is not None else None,
            rows_per_second=round(rows / seconds.total_seconds(), 1) if seconds and seconds.total_seconds() else None,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


@router.post(
    "",
    status_code=202,
    summary="提交导入文件 / Send files to be imported",
    description="请求体为文件本身，或 multipart/form-data 的一个或多个文件（CSV、XLSX、Parquet，按内容识别）。"
    "返回任务，随后查询其进度。 / The body is the file itself, or a form with one or several: CSV, XLSX or Parquet, "
    "told by content. The answer is a job to be watched.",
    responses={400: {}, 404: {}},
    openapi_extra=_BODY,
    max_body_size=MOST_UPLOAD_BYTES,
)
async def post_import(
    request: Request,
    response: Response,
    principal: Caller,
    kind: ImportKind,
    mode: Annotated[
        Mode, Query(description="试运行、全部或全不、只收合格的行 / try it, all or nothing, or the good rows")
    ] = "all_or_nothing",
    institution_code: Annotated[
        str | None, Query(pattern=f"^{INSTITUTION}$", description="未写机构的行属于该机构 / of rows that name none")
    ] = None,
    mapping: Annotated[
        str | None, Query(max_length=20_000, description='JSON：{"列名": "字段"}，空字段表示不读该列 / header: field')
    ] = None,
    mapping_name: Annotated[
        str | None,
        Query(max_length=64, pattern=r"^\S(?:.*\S)?$", description="保存或使用已保存的列映射 / save it, or use it"),
    ] = None,
    *,
    quarantine: Annotated[
        bool | None,
        Query(
            description="被拒的行存入隔离区，可逐条更正放行（仅 good_rows）；不填时只存结算 / keep rejected rows in the"
            " quarantine, to be corrected and released one by one (good_rows only); not given: those of settlements"
        ),
    ] = None,
) -> ImportView:
    """Keep the files and make a job of them."""
    resources: Resources = request.app.state.resources
    _may_send(principal, kind, institution_code)
    if quarantine and mode != "good_rows":
        raise BadRequest(
            "quarantine_needs_good_rows",
            zh="只有 good_rows 方式可将被拒的行存入隔离区：其他方式不收下任何一部分。",
            en="Only rows rejected by good_rows can be kept in the quarantine: the other modes take no part of a file.",
        )
    start = wiring.build_start_import(resources)
    owner = caller_of(principal)
    job_id = await start.note(
        owner=owner,
        kind=kind,
        mode=mode,
        only_institution=principal.institution,
        institution_code=institution_code or principal.institution,
        source=principal.subject,
        mapping=_mapping(mapping),
        mapping_name=mapping_name,
        quarantine=quarantine,
    )

    async def keep(file: int, part: int, content: bytes) -> None:
        await start.keep(job_id, file, part, content)

    try:
        received = await receive(request, keep, most_bytes=resources.settings.intake_import_bytes)
    except BaseException:
        await start.give_up(job_id, owner)
        raise
    job = await start.hand_over(job_id, owner, files=received.files, size=received.size)
    response.headers["Location"] = f"{router.prefix}/{job_id}"
    return _view(request, job)


@router.get("", summary="查询导入任务列表 / List imports")
async def list_imports(
    request: Request, principal: Caller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ImportView]:
    """List the caller's own, the newest first."""
    try:
        before = UUID(decode_cursor(cursor, 1)[0]) if cursor else None
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None
    follow = wiring.build_follow_imports(request.app.state.resources)
    jobs = await follow.some(caller_of(principal), before=before, limit=limit + 1)
    items = [_view(request, job) for job in jobs[:limit]]
    return Page(items=items, next_cursor=encode_cursor(str(items[-1].import_id)) if len(jobs) > limit else None)


ImportId = Annotated[UUID, Path()]


@router.get("/{import_id}", summary="查询导入进度 / How far an import is")
async def get_import(request: Request, principal: Caller, import_id: ImportId) -> ImportView:
    """Tell who started an import how far it is; nobody else knows of it."""
    follow = wiring.build_follow_imports(request.app.state.resources)
    return _view(request, await follow.one(import_id, caller_of(principal)))


@router.post("/{import_id}/cancel", summary="取消导入 / End an import early")
async def cancel_import(request: Request, principal: Caller, import_id: ImportId) -> ImportView:
    """End an import; of good rows, what was taken stays taken."""
    follow = wiring.build_follow_imports(request.app.state.resources)
    return _view(request, await follow.cancel(import_id, caller_of(principal)))


@router.get(
    "/{import_id}/errors.csv",
    summary="下载错误报告（CSV）/ The error report as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def get_errors_csv(request: Request, principal: Caller, import_id: ImportId) -> Response:
    """Return row, column and reason of everything that was not taken."""
    follow = wiring.build_follow_imports(request.app.state.resources)
    job = await follow.one(import_id, caller_of(principal))
    return StreamingResponse(as_csv(follow.errors(job.job_id)), media_type="text/csv", headers=_named(job, "csv"))


@router.get(
    "/{import_id}/errors.xlsx",
    summary="下载错误报告（XLSX）/ The error report as XLSX",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
)
async def get_errors_xlsx(request: Request, principal: Caller, import_id: ImportId) -> Response:
    """Return the same as a workbook."""
    follow = wiring.build_follow_imports(request.app.state.resources)
    job = await follow.one(import_id, caller_of(principal))
    return StreamingResponse(as_xlsx(follow.errors(job.job_id)), media_type=XLSX, headers=_named(job, "xlsx"))


def _view(request: Request, job: Job) -> ImportView:
    return ImportView.of(job, language(request), request.app.state.resources.clock.now())


def _named(job: Job, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="errors-{job.job_id}.{ending}"'}


def _may_send(principal: Principal, kind: ImportKind, institution_code: str | None) -> None:
    """Raise Forbidden unless the caller may send this kind of file, of this institution."""
    scope = _SCOPES[kind]
    if scope not in principal.scopes:
        raise Forbidden("scope_missing", zh=f"令牌缺少权限：{scope}。", en=f"The token lacks the scope: {scope}.")
    if principal.institution is not None and kind not in _OF_ONE_INSTITUTION:
        raise Forbidden(
            "agency_only", zh="该类文件只能由经办机构提交。", en="Files of this kind are the agency's to send."
        )
    if institution_code is not None:
        principal.must_be_institution(institution_code)


def _mapping(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    try:
        mapping = msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise BadRequest(
            "mapping_malformed", zh='列映射应为 {"列名": "字段"}。', en='A mapping is {"header": "field"}.'
        ) from None
    if len(mapping) > MOST_MAPPED or any("\x00" in text for pair in mapping.items() for text in pair):
        raise BadRequest("mapping_malformed", zh="列映射过大或含控制字符。", en="The mapping is too large or odd.")
    return mapping

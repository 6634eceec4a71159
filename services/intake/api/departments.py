"""Routes of the registry of departments; an institution's token sees its own."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import malformed
from services.intake.api.bulk import BULK_BODY, BULK_RESPONSES, MOST_BULK_BYTES, exchange
from services.intake.api.institutions import AtDay
from services.intake.api.kept_route import Described, Kept, keeping
from services.intake.api.registry_models import CodedDepartment, DepartmentEntry
from services.intake.api.registry_views import DepartmentView, HistoryView
from services.intake.domain.codes import INSTITUTION
from services.intake.domain.registration import department_ref
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

_KEPT = {"put_department": Described("department", {"institution_code": "institution_code", "code": "code"})}
router = APIRouter(prefix="/intake/v1/departments", tags=["registry"], route_class=keeping(_KEPT))

Writer = Annotated[Principal, Depends(require("registry:write"))]
Reader = Annotated[Principal, Depends(require("registry:read"))]
InstitutionPath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
CodePath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$")]


@router.put(
    "/{institution_code}/{code}",
    summary="登记或更新科室 / Write a department",
    responses={201: {"model": DepartmentView}},
)
async def put_department(
    request: Request,
    response: Response,
    principal: Writer,
    institution_code: InstitutionPath,
    code: CodePath,
    body: DepartmentEntry,
    *,
    quarantine: Kept = False,
) -> DepartmentView:
    """Write an entry: 201 when it is new, 200 otherwise. The answer is how it reads on its first day, or today."""
    del quarantine  # it is looked at where a refusal is kept
    principal.must_be_institution(institution_code)
    resources = request.app.state.resources
    declared = body.to_declaration(institution_code, code)
    (entry,) = await wiring.build_change_registry(resources)([declared], source=principal.subject)
    if entry.problems:
        raise malformed(entry.problems)
    response.status_code = 201 if entry.status == "created" else 200
    read = wiring.build_read_registry(resources)
    return DepartmentView.of(await read.department(institution_code, code, at=body.effective_from))


@router.post(
    "/bulk",
    summary="批量登记科室（NDJSON）/ Write departments as NDJSON",
    response_class=Response,
    responses=BULK_RESPONSES,
    openapi_extra=BULK_BODY,
    max_body_size=MOST_BULK_BYTES,
)
async def put_departments(request: Request, principal: Writer) -> Response:
    """Write many entries; every line is answered."""
    return exchange(
        request,
        principal,
        "department",
        CodedDepartment,
        lambda body: body.to_declaration(body.institution_code, body.code),
    )


@router.get("/{institution_code}/{code}", summary="查询科室 / Read a department")
async def get_department(
    request: Request, principal: Reader, institution_code: InstitutionPath, code: CodePath, at: AtDay = None
) -> DepartmentView:
    """Read one entry as it is today, or as it was on a day."""
    principal.must_be_institution(institution_code)
    read = wiring.build_read_registry(request.app.state.resources)
    return DepartmentView.of(await read.department(institution_code, code, at=at))


@router.get("/{institution_code}/{code}/history", summary="科室登记沿革 / Read all that was said of a department")
async def get_department_history(
    request: Request, principal: Reader, institution_code: InstitutionPath, code: CodePath
) -> HistoryView:
    """Read every statement with its source, and what held when."""
    principal.must_be_institution(institution_code)
    read = wiring.build_read_registry(request.app.state.resources)
    return HistoryView.of(await read.history(("department", department_ref(institution_code, code))))


@router.get("", summary="查询科室列表 / List departments")
async def list_departments(
    request: Request,
    principal: Reader,
    institution_code: Annotated[str, Query(pattern=f"^{INSTITUTION}$")],
    at: AtDay = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[DepartmentView]:
    """List the departments of an institution in the order of their codes."""
    principal.must_be_institution(institution_code)
    read = wiring.build_read_registry(request.app.state.resources)
    after = decode_cursor(cursor, 1)[0] if cursor else None
    found = await read.departments(after=after, limit=limit + 1, of_institution=institution_code, at=at)
    items = [DepartmentView.of(one) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].code) if len(found) > limit else None)

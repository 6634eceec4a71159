"""Routes of the registry of institutions."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import malformed
from services.intake.api.bulk import BULK_BODY, BULK_RESPONSES, MOST_BULK_BYTES, exchange
from services.intake.api.kept_route import Described, Kept, keeping
from services.intake.api.registry_models import CodedInstitution, InstitutionEntry
from services.intake.api.registry_views import HistoryView, InstitutionView
from services.intake.domain.codes import INSTITUTION, REGION, InstitutionKind
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

_KEPT = {"put_institution": Described("institution", {"code": "code"})}
router = APIRouter(prefix="/intake/v1/institutions", tags=["registry"], route_class=keeping(_KEPT))

Writer = Annotated[Principal, Depends(require("registry:write"))]
Reader = Annotated[Principal, Depends(require("registry:read"))]
AtDay = Annotated[date | None, Query(description="该日的登记 / the registry as of a day", examples=["2026-03-01"])]
CodePath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]


@router.put("/{code}", summary="登记或更新机构 / Write an institution", responses={201: {"model": InstitutionView}})
async def put_institution(
    request: Request,
    response: Response,
    principal: Writer,
    code: CodePath,
    body: InstitutionEntry,
    *,
    quarantine: Kept = False,
) -> InstitutionView:
    """Write an entry: 201 when it is new, 200 otherwise. The answer is how it reads on its first day, or today."""
    del quarantine  # it is looked at where a refusal is kept
    resources = request.app.state.resources
    (entry,) = await wiring.build_change_registry(resources)([body.to_declaration(code)], source=principal.subject)
    if entry.problems:
        raise malformed(entry.problems)
    response.status_code = 201 if entry.status == "created" else 200
    return InstitutionView.of(await wiring.build_read_registry(resources).institution(code, at=body.effective_from))


@router.post(
    "/bulk",
    summary="批量登记机构（NDJSON）/ Write institutions as NDJSON",
    response_class=Response,
    responses=BULK_RESPONSES,
    openapi_extra=BULK_BODY,
    max_body_size=MOST_BULK_BYTES,
)
async def put_institutions(request: Request, principal: Writer) -> Response:
    """Write many entries; every line is answered."""
    return exchange(request, principal, "institution", CodedInstitution, lambda body: body.to_declaration(body.code))


@router.get("/{code}", summary="查询机构 / Read an institution")
async def get_institution(request: Request, _principal: Reader, code: CodePath, at: AtDay = None) -> InstitutionView:
    """Read one entry as it is today, or as it was on a day."""
    read = wiring.build_read_registry(request.app.state.resources)
    return InstitutionView.of(await read.institution(code, at=at))


@router.get("/{code}/history", summary="机构登记沿革 / Read all that was said of an institution")
async def get_institution_history(request: Request, principal: Reader, code: CodePath) -> HistoryView:
    """Read every statement with its source, and what held when."""
    principal.must_be_institution(code)
    read = wiring.build_read_registry(request.app.state.resources)
    return HistoryView.of(await read.history(("institution", code)))


@router.get("", summary="查询机构列表 / List institutions")
async def list_institutions(
    request: Request,
    _principal: Reader,
    kind: InstitutionKind | None = None,
    region: Annotated[str | None, Query(pattern=f"^{REGION}$")] = None,
    at: AtDay = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[InstitutionView]:
    """List entries in the order of their codes."""
    read = wiring.build_read_registry(request.app.state.resources)
    after = decode_cursor(cursor, 1)[0] if cursor else None
    found = await read.institutions(after=after, limit=limit + 1, kind=kind, region=region, at=at)
    more = len(found) > limit
    items = [InstitutionView.of(one) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].code) if more else None)

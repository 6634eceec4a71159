"""Routes of the registry of institutions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import malformed
from services.intake.api.bulk import BULK_BODY, MOST_BULK_BYTES, exchange
from services.intake.api.models import CodedInstitution, InstitutionEntry
from services.intake.domain.codes import INSTITUTION, REGION, InstitutionKind
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1/institutions", tags=["registry"])

Writer = Annotated[Principal, Depends(require("registry:write"))]
Reader = Annotated[Principal, Depends(require("registry:read"))]
CodePath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]


@router.put("/{code}", summary="登记或更新机构 / Write an institution", responses={201: {"model": CodedInstitution}})
async def put_institution(
    request: Request, response: Response, _principal: Writer, code: CodePath, body: InstitutionEntry
) -> CodedInstitution:
    """Write an entry: 201 when it is new, 200 otherwise."""
    change = wiring.build_change_institutions(request.app.state.resources)
    institution = body.to_domain(code)
    (entry,) = await change([institution])
    if entry.problems:
        raise malformed(entry.problems)
    response.status_code = 201 if entry.status == "created" else 200
    return CodedInstitution.of(institution)


@router.post(
    "/bulk",
    summary="批量登记机构（NDJSON）/ Write institutions as NDJSON",
    response_class=Response,
    openapi_extra=BULK_BODY,
    max_body_size=MOST_BULK_BYTES,
)
async def put_institutions(request: Request, _principal: Writer) -> Response:
    """Write many entries; every line is answered."""
    change = wiring.build_change_institutions(request.app.state.resources)
    return exchange(request, CodedInstitution, lambda body: body.to_domain(body.code), change)


@router.get("/{code}", summary="查询机构 / Read an institution")
async def get_institution(request: Request, _principal: Reader, code: CodePath) -> CodedInstitution:
    """Read one entry."""
    read = wiring.build_read_registry(request.app.state.resources)
    return CodedInstitution.of(await read.institution(code))


@router.get("", summary="查询机构列表 / List institutions")
async def list_institutions(
    request: Request,
    _principal: Reader,
    kind: InstitutionKind | None = None,
    region: Annotated[str | None, Query(pattern=f"^{REGION}$")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CodedInstitution]:
    """List entries in the order of their codes."""
    read = wiring.build_read_registry(request.app.state.resources)
    after = decode_cursor(cursor, 1)[0] if cursor else None
    found = await read.institutions(after=after, limit=limit + 1, kind=kind, region=region)
    more = len(found) > limit
    items = [CodedInstitution.of(one) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].code) if more else None)

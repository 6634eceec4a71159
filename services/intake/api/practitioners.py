"""Routes of the registry of practitioners; to an institution's token only its own people exist."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import malformed
from services.intake.api.bulk import BULK_BODY, MOST_BULK_BYTES, exchange
from services.intake.api.models import CodedPractitioner, PractitionerEntry, PractitionerView
from services.intake.domain.codes import INSTITUTION, PRACTITIONER
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1/practitioners", tags=["registry"])

Writer = Annotated[Principal, Depends(require("registry:write"))]
Reader = Annotated[Principal, Depends(require("registry:read"))]
CodePath = Annotated[str, Path(pattern=f"^{PRACTITIONER}$")]


@router.put("/{code}", summary="登记或更新人员 / Write a practitioner", responses={201: {"model": PractitionerView}})
async def put_practitioner(
    request: Request, response: Response, _principal: Writer, code: CodePath, body: PractitionerEntry
) -> PractitionerView:
    """Write an entry: 201 when it is new, 200 otherwise."""
    resources = request.app.state.resources
    change = wiring.build_change_practitioners(resources)
    (entry,) = await change([body.to_domain(code)])
    if entry.problems:
        raise malformed(entry.problems)
    response.status_code = 201 if entry.status == "created" else 200
    return PractitionerView.of(await wiring.build_read_registry(resources).practitioner(code, of_institution=None))


@router.post(
    "/bulk",
    summary="批量登记人员（NDJSON）/ Write practitioners as NDJSON",
    response_class=Response,
    openapi_extra=BULK_BODY,
    max_body_size=MOST_BULK_BYTES,
)
async def put_practitioners(request: Request, _principal: Writer) -> Response:
    """Write many entries; every line is answered."""
    change = wiring.build_change_practitioners(request.app.state.resources)
    return exchange(request, CodedPractitioner, lambda body: body.to_domain(body.code), change)


@router.get("/{code}", summary="查询人员及支付资格 / Read a practitioner and the standing")
async def get_practitioner(request: Request, principal: Reader, code: CodePath) -> PractitionerView:
    """Read one entry and whether the fund pays for this person's work at present."""
    read = wiring.build_read_registry(request.app.state.resources)
    return PractitionerView.of(await read.practitioner(code, of_institution=principal.institution))


@router.get("", summary="查询人员列表 / List practitioners")
async def list_practitioners(
    request: Request,
    principal: Reader,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[PractitionerView]:
    """List entries in the order of their codes."""
    wanted = institution_code or principal.institution
    if wanted is not None:
        principal.must_be_institution(wanted)
    read = wiring.build_read_registry(request.app.state.resources)
    after = decode_cursor(cursor, 1)[0] if cursor else None
    found = await read.practitioners(after=after, limit=limit + 1, of_institution=wanted)
    more = len(found) > limit
    items = [PractitionerView.of(one) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].code) if more else None)

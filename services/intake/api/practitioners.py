"""Routes of the registry of practitioners; to an institution's token only its own people exist."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import malformed
from services.intake.api.bulk import BULK_BODY, BULK_RESPONSES, MOST_BULK_BYTES, exchange
from services.intake.api.institutions import AtDay
from services.intake.api.kept_route import Described, Kept, keeping
from services.intake.api.registry_models import CodedPractitioner, PractitionerEntry
from services.intake.api.registry_views import HistoryView, PractitionerView
from services.intake.domain.codes import INSTITUTION, PRACTITIONER
from services.intake.use_cases.read_registry import unknown
from services.kit.auth import Principal, require
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

_KEPT = {"put_practitioner": Described("practitioner", {"code": "code"})}
router = APIRouter(prefix="/intake/v1/practitioners", tags=["registry"], route_class=keeping(_KEPT))

Writer = Annotated[Principal, Depends(require("registry:write"))]
Reader = Annotated[Principal, Depends(require("registry:read"))]
CodePath = Annotated[str, Path(pattern=f"^{PRACTITIONER}$")]


@router.put("/{code}", summary="登记或更新人员 / Write a practitioner", responses={201: {"model": PractitionerView}})
async def put_practitioner(
    request: Request,
    response: Response,
    principal: Writer,
    code: CodePath,
    body: PractitionerEntry,
    *,
    quarantine: Kept = False,
) -> PractitionerView:
    """Write an entry: 201 when it is new, 200 otherwise. The answer is how it reads on its first day, or today."""
    del quarantine  # it is looked at where a refusal is kept
    resources = request.app.state.resources
    (entry,) = await wiring.build_change_registry(resources)([body.to_declaration(code)], source=principal.subject)
    if entry.problems:
        raise malformed(entry.problems)
    response.status_code = 201 if entry.status == "created" else 200
    read = wiring.build_read_registry(resources)
    return PractitionerView.of(await read.practitioner(code, of_institution=None, at=body.effective_from))


@router.post(
    "/bulk",
    summary="批量登记人员（NDJSON）/ Write practitioners as NDJSON",
    response_class=Response,
    responses=BULK_RESPONSES,
    openapi_extra=BULK_BODY,
    max_body_size=MOST_BULK_BYTES,
)
async def put_practitioners(request: Request, principal: Writer) -> Response:
    """Write many entries; every line is answered."""
    return exchange(request, principal, "practitioner", CodedPractitioner, lambda body: body.to_declaration(body.code))


@router.get("/{code}", summary="查询人员及支付资格 / Read a practitioner and the standing")
async def get_practitioner(request: Request, principal: Reader, code: CodePath, at: AtDay = None) -> PractitionerView:
    """Read one entry and whether the fund pays for this person's work, today or on a day."""
    read = wiring.build_read_registry(request.app.state.resources)
    return PractitionerView.of(await read.practitioner(code, of_institution=principal.institution, at=at))


@router.get("/{code}/history", summary="人员登记沿革 / Read all that was said of a practitioner")
async def get_practitioner_history(request: Request, principal: Reader, code: CodePath) -> HistoryView:
    """Read every statement with its source, and what held when; it names other institutions, so agencies only."""
    if principal.institution is not None:
        raise unknown("practitioner")
    read = wiring.build_read_registry(request.app.state.resources)
    return HistoryView.of(await read.history(("practitioner", code)))


@router.get("", summary="查询人员列表 / List practitioners")
async def list_practitioners(
    request: Request,
    principal: Reader,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    at: AtDay = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[PractitionerView]:
    """List entries in the order of their codes."""
    wanted = institution_code or principal.institution
    if wanted is not None:
        principal.must_be_institution(wanted)
    read = wiring.build_read_registry(request.app.state.resources)
    after = decode_cursor(cursor, 1)[0] if cursor else None
    found = await read.practitioners(after=after, limit=limit + 1, of_institution=wanted, at=at)
    more = len(found) > limit
    items = [PractitionerView.of(one) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].code) if more else None)

"""Routes of the registry of insured persons: the number comes in bodies only, the pseudonym is kept and read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from services.intake import wiring
from services.intake.api.answers import malformed
from services.intake.api.bulk import BULK_BODY, BULK_RESPONSES, MOST_BULK_BYTES, exchange
from services.intake.api.institutions import AtDay
from services.intake.api.kept_route import Described, Kept, keeping
from services.intake.api.registry_models import InsuredPersonEntry
from services.intake.api.registry_views import HistoryView, InsuredPersonView
from services.intake.domain.registry_fields import Declaration
from services.kit.auth import Principal, require
from services.kit.pseudonym import pseudonym

_KEPT = {"put_insured_person": Described("insured_person", {})}
router = APIRouter(prefix="/intake/v1/insured-persons", tags=["registry"], route_class=keeping(_KEPT))

Writer = Annotated[Principal, Depends(require("insured_registry:write"))]
Reader = Annotated[Principal, Depends(require("insured_registry:read"))]
RefPath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="参保人假名 / pseudonym")]


@router.put("", summary="登记或更新参保人 / Write an insured person", responses={201: {"model": InsuredPersonView}})
async def put_insured_person(
    request: Request, response: Response, principal: Writer, body: InsuredPersonEntry, *, quarantine: Kept = False
) -> InsuredPersonView:
    """Write an entry: 201 when it is new, 200 otherwise. The answer is how it reads on its first day, or today."""
    del quarantine  # it is looked at where a refusal is kept
    resources = request.app.state.resources
    insured_ref = pseudonym(body.number, resources.pseudonym_key)
    declared = body.to_declaration(resources.pseudonym_key)
    (entry,) = await wiring.build_change_registry(resources)([declared], source=principal.subject)
    if entry.problems:
        raise malformed(entry.problems)
    response.status_code = 201 if entry.status == "created" else 200
    read = wiring.build_read_registry(resources)
    return InsuredPersonView.of(await read.insured_person(insured_ref, at=body.effective_from))


@router.post(
    "/bulk",
    summary="批量登记参保人（NDJSON）/ Write insured persons as NDJSON",
    response_class=Response,
    responses=BULK_RESPONSES,
    openapi_extra=BULK_BODY,
    max_body_size=MOST_BULK_BYTES,
)
async def put_insured_persons(request: Request, principal: Writer) -> Response:
    """Write many entries; every line is answered, by its number alone."""
    resources = request.app.state.resources

    def declared(body: InsuredPersonEntry) -> Declaration:
        return body.to_declaration(resources.pseudonym_key)

    return exchange(request, principal, "insured_person", InsuredPersonEntry, declared)


@router.get("/{insured_ref}", summary="查询参保人登记 / Read an insured person")
async def get_insured_person(
    request: Request, _principal: Reader, insured_ref: RefPath, at: AtDay = None
) -> InsuredPersonView:
    """Read one entry as it is today, or as it was on a day."""
    read = wiring.build_read_registry(request.app.state.resources)
    return InsuredPersonView.of(await read.insured_person(insured_ref, at=at))


@router.get("/{insured_ref}/history", summary="参保人登记沿革 / Read all that was said of an insured person")
async def get_insured_person_history(request: Request, _principal: Reader, insured_ref: RefPath) -> HistoryView:
    """Read every statement with its source, and what held when."""
    read = wiring.build_read_registry(request.app.state.resources)
    return HistoryView.of(await read.history(("insured_person", insured_ref)))

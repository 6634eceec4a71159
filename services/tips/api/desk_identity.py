"""The part of a tip's page on which two identity officers agree to open its sealed identity."""

import json
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from services.kit.auth import Principal
from services.kit.errors import ServiceError
from services.tips import wiring
from services.tips.api.desk_access import Resources, viewer_of
from services.tips.api.desk_pages import shown, tip_page
from services.tips.api.desk_session import DeskGuard, read_form
from services.tips.api.identity import OpeningRequest, SealedIdentity
from services.tips.api.rendering import SECURITY_HEADERS

router = APIRouter(
    prefix="/tips/desk", tags=["经办页面 / desk pages"], include_in_schema=False, max_body_size=64 * 1024
)

STEPS = frozenset({"ask-identity", "approve-identity", "refuse-identity", "release-identity"})


@router.post("/tips/{tip_id}/identity")
async def take_step(
    request: Request,
    tip_id: UUID,
    officer: Annotated[Principal, Depends(DeskGuard("tips:read", "tips:identity"))],
    resources: Resources,
) -> Response:
    """Ask for the identity, decide a request, or receive what is sealed as a file."""

    async def answer() -> Response:
        fields = {name: values[0] for name, values in (await read_form(request)).items()}
        await wiring.build_check_access(resources)(tip_id, viewer_of(officer))
        action = fields.get("action", "")
        problem: ServiceError | None = None
        wrong: str | None = None
        try:
            released = await _take(action, fields, tip_id, officer, resources)
        except (ValidationError, ValueError):
            wrong = action
        except ServiceError as error:
            problem = error
        if problem is not None or wrong is not None:
            written = fields.get("reason", "")
            return await tip_page(request, tip_id, officer, resources, problem=problem, wrong=wrong, written=written)
        if released is not None:
            return _file(released)
        return RedirectResponse(f"/tips/desk/tips/{tip_id}?done={action}", 303, SECURITY_HEADERS)

    return await shown(request, officer, answer)


async def _take(
    action: str, fields: Mapping[str, str], tip_id: UUID, officer: Principal, resources: wiring.Resources
) -> SealedIdentity | None:
    """Take a step; return what was handed out, if anything. Raises ValidationError, ValueError and ServiceError."""
    opens = wiring.build_open_identity(resources)
    if action == "ask-identity":
        asked = OpeningRequest.model_validate({name: fields.get(name, "") for name in ("category", "reason")})
        await opens.request(tip_id, asked.category, asked.reason, by=officer.subject)
        return None
    opening_id = UUID(fields.get("opening", ""))
    if action == "release-identity":
        return SealedIdentity.of(await opens.release(tip_id, opening_id, by=officer.subject))
    if action in STEPS:
        await opens.decide(tip_id, opening_id, approve=action == "approve-identity", by=officer.subject)
    return None


def _file(released: SealedIdentity) -> Response:
    headers = {**SECURITY_HEADERS, "Content-Disposition": 'attachment; filename="sealed-identity.json"'}
    text = json.dumps(released.model_dump(mode="json"), indent=1)
    return Response(text + "\n", media_type="application/json", headers=headers)

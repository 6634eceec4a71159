"""Who asks at the desk: nobody for an institution, and nobody for a tip that does not concern them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.kit.auth import Principal, require
from services.kit.errors import Forbidden
from services.kit.http.matched import route_scopes
from services.tips import wiring
from services.tips.domain.access import Viewer


def _resources(request: Request) -> wiring.Resources:
    resources: wiring.Resources = request.app.state.resources
    return resources


Resources = Annotated[wiring.Resources, Depends(_resources)]


def viewer_of(principal: Principal) -> Viewer:
    """Return the viewer a principal is; supervisors, approvers and identity officers are bound by region only."""
    every_desk = bool({"tips:supervise", "tips:approve", "tips:identity"} & principal.scopes)
    return Viewer(principal.subject, principal.region, every_desk=every_desk)


def require_agency(principal: Principal) -> None:
    """Keep out whoever speaks for an institution or is supervised as a practitioner; raises Forbidden."""
    if principal.institution is not None or principal.practitioner is not None:
        raise Forbidden(
            "tips_are_for_the_agency",
            zh="定点机构人员不得查看举报。",
            en="Nobody who speaks for an institution may see tips.",
        )


async def agency_only(reader: Annotated[Principal, Depends(require("tips:read"))]) -> Principal:
    """Keep out whoever speaks for an institution, whatever scopes the token names besides."""
    require_agency(reader)
    return reader


async def may_see_tip(
    request: Request, reader: Annotated[Principal, Depends(agency_only)], resources: Resources
) -> None:
    """Answer 404 for a tip of another region or desk, or one whose reader is recused; for every route with a tip."""
    text = request.path_params.get("tip_id")
    if text is None:
        return
    try:
        tip_id = UUID(text)
    except ValueError:
        # The route itself says what is wrong with it.
        return
    if not route_scopes(request.scope) <= reader.scopes:
        # The guard of the route says what is missing; until then nothing is told about the tip.
        return
    await wiring.build_check_access(resources)(tip_id, viewer_of(reader))


Reader = Annotated[Principal, Depends(require("tips:read"))]
Handler = Annotated[Principal, Depends(require("tips:handle"))]
Supervisor = Annotated[Principal, Depends(require("tips:supervise"))]

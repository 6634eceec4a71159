"""Routes on which two identity officers (身份保管人员) agree to open a sealed identity."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from services.kit.auth import Principal, require
from services.tips import wiring
from services.tips.api.desk_access import Resources, agency_only, may_see_tip
from services.tips.api.models import Request
from services.tips.domain.identity_opening import Category, Opening, OpeningState
from services.tips.use_cases.open_identity import ReleasedIdentity

IDENTITY_FORMAT = "fundwarden-sealed-identity/1"

router = APIRouter(
    prefix="/tips/v1",
    tags=["身份开启 / opening identities"],
    dependencies=[Depends(agency_only), Depends(may_see_tip)],
    max_body_size=64 * 1024,
)

Officer = Annotated[Principal, Depends(require("tips:identity"))]


class OpeningRequest(Request):
    """Request to open an identity."""

    category: Category = Field(description="事由类别，举报人可见 / Kind of reason; the reporter sees it")
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)] = Field(
        description="具体理由，加密保存 / The reason in words, kept sealed"
    )


class OpeningDecision(Request):
    """Decision of the second officer."""

    approve: bool


class OpeningView(BaseModel):
    """A request and how it stands."""

    opening_id: UUID
    tip_id: UUID
    state: OpeningState
    category: Category
    reason: str | None = None
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    released_by: str | None
    released_at: datetime | None

    @classmethod
    def of(cls, opening: Opening, reason: str | None = None) -> Self:
        """Show a request."""
        return cls(
            opening_id=opening.id,
            tip_id=opening.tip_id,
            state=opening.state,
            category=opening.category,
            reason=reason,
            requested_by=opening.requested_by,
            requested_at=opening.requested_at,
            decided_by=opening.decided_by,
            decided_at=opening.decided_at,
            released_by=opening.released_by,
            released_at=opening.released_at,
        )


class SealedIdentity(BaseModel):
    """What the officer opens offline with `fundwarden tips open-identity`."""

    format: str = IDENTITY_FORMAT
    tip_id: UUID
    opening_id: UUID
    key_id: str | None = Field(description="所用身份保管公钥 / Which officer's key opens it")
    sealed: str = Field(description="base64")

    @classmethod
    def of(cls, released: ReleasedIdentity) -> Self:
        """Show a released identity."""
        return cls(
            tip_id=released.opening.tip_id,
            opening_id=released.opening.id,
            key_id=released.key_id,
            sealed=b64encode(released.sealed).decode(),
        )


class OfficerKey(BaseModel):
    """A key that identities are sealed for."""

    key_id: str | None = Field(description="空为早期记录 / None: sealed before keys were noted")
    identities: int
    current: bool


@router.get("/identity-keys", summary="身份保管公钥 / Keys of the identity officers")
async def officer_keys(officer: Officer, resources: Resources) -> list[OfficerKey]:
    """List which officer's key seals how many identities, and which seals new ones."""
    _ = officer
    current = resources.sealer.officer_key_id
    counts = {current: 0} | await wiring.build_open_identity(resources).keys()
    return [OfficerKey(key_id=key, identities=count, current=key == current) for key, count in counts.items()]


@router.get("/tips/{tip_id}/identity-openings", summary="开启记录 / Openings of an identity")
async def list_openings(tip_id: UUID, officer: Officer, resources: Resources) -> list[OpeningView]:
    """List requests with their reasons."""
    _ = officer
    found = await wiring.build_open_identity(resources).list(tip_id)
    return [OpeningView.of(each.opening, each.reason) for each in found]


@router.post("/tips/{tip_id}/identity-openings", status_code=201, summary="申请开启身份 / Ask for an identity")
async def ask(tip_id: UUID, body: OpeningRequest, officer: Officer, resources: Resources) -> OpeningView:
    """Ask for the identity of a named reporter and say why."""
    opening = await wiring.build_open_identity(resources).request(
        tip_id, body.category, body.reason, by=officer.subject
    )
    return OpeningView.of(opening, body.reason)


@router.post("/tips/{tip_id}/identity-openings/{opening_id}/decision", summary="审批开启 / Decide a request")
async def decide(
    tip_id: UUID, opening_id: UUID, body: OpeningDecision, officer: Officer, resources: Resources
) -> OpeningView:
    """Approve or refuse the request of another officer."""
    opening = await wiring.build_open_identity(resources).decide(
        tip_id, opening_id, approve=body.approve, by=officer.subject
    )
    return OpeningView.of(opening)


@router.post(
    "/tips/{tip_id}/identity-openings/{opening_id}/release", summary="领取密封身份 / Receive the sealed identity"
)
async def release(tip_id: UUID, opening_id: UUID, officer: Officer, resources: Resources) -> SealedIdentity:
    """Receive the identity, still sealed for the officer's key; the reporter sees that it happened."""
    released = await wiring.build_open_identity(resources).release(tip_id, opening_id, by=officer.subject)
    return SealedIdentity.of(released)

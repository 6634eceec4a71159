"""Routes of the credentials that institutions sign the national interface with."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field

from services.intake import wiring
from services.intake.domain.codes import INSTITUTION
from services.intake.storage.interface_credentials import StoredCredential
from services.kit.auth import Principal, require

router = APIRouter(prefix="/intake/v1/institutions/{code}/interface-credentials", tags=["national interface"])

Operator = Annotated[Principal, Depends(require("credentials:write"))]
CodePath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
KeyPath = Annotated[str, Path(pattern="^[A-Za-z0-9]{1,64}$")]


class CredentialView(BaseModel):
    """A credential without its secret."""

    paasid: str = Field(description="请求头 x-tif-paasid / goes into x-tif-paasid")
    created_at: datetime
    created_by: str
    retired_at: datetime | None

    @classmethod
    def of(cls, stored: StoredCredential) -> Self:
        """Return the view of a credential."""
        return cls(
            paasid=stored.key_id,
            created_at=stored.created_at,
            created_by=stored.created_by,
            retired_at=stored.retired_at,
        )


class GivenCredentialView(BaseModel):
    """A new credential with its secret."""

    paasid: str
    secret: str = Field(description="签名密钥，仅显示这一次 / the signing secret, shown only here")
    created_at: datetime


@router.post(
    "",
    status_code=201,
    summary="发放签名凭证 / Give out a credential",
    description="轮换：先发新的，机构换用后停用旧的；同时最多两个有效。"
    " / To rotate, give out the new one, retire the old one when it is no longer used; two are valid at once.",
)
async def give_credential(request: Request, operator: Operator, code: CodePath) -> GivenCredentialView:
    """Make a credential; its secret is told this once."""
    credentials = wiring.build_interface_credentials(request.app.state.resources)
    given = await credentials.give(code, by=operator.subject)
    return GivenCredentialView(paasid=given.stored.key_id, secret=given.secret, created_at=given.stored.created_at)


@router.get("", summary="查询签名凭证 / List credentials")
async def list_credentials(request: Request, _operator: Operator, code: CodePath) -> list[CredentialView]:
    """List an institution's credentials, retired ones too, the newest first."""
    credentials = wiring.build_interface_credentials(request.app.state.resources)
    return [CredentialView.of(stored) for stored in await credentials.listed(code)]


@router.delete("/{paasid}", status_code=204, summary="停用签名凭证 / Retire a credential", response_class=Response)
async def retire_credential(request: Request, _operator: Operator, code: CodePath, paasid: KeyPath) -> Response:
    """Retire a credential; within two seconds nothing signed with it is taken."""
    await wiring.build_interface_credentials(request.app.state.resources).retire(code, paasid)
    return Response(status_code=204)

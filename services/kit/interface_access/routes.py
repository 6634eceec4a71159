"""Routes of the credentials that institutions sign the national interface with, the same at every service."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from pydantic import BaseModel, Field, SecretStr

from services.kit.auth import Principal, require
from services.kit.interface_access.credentials import StoredCredential
from services.kit.interface_access.desk import SHORTEST_SECRET, InterfaceCredentials, KeyPair
from services.kit.interface_access.signature import LONGEST_KEY

_PAASID = f"^[A-Za-z0-9]{{1,{LONGEST_KEY}}}$"
_LONGEST_SECRET = 256

Operator = Annotated[Principal, Depends(require("credentials:write"))]
CodePath = Annotated[str, Path(pattern="^[HP][0-9]{11}$")]
KeyPath = Annotated[str, Path(pattern=_PAASID)]


class ExistingCredential(BaseModel):
    """A key that was made elsewhere."""

    paasid: str = Field(pattern=_PAASID)
    secret: SecretStr = Field(
        min_length=SHORTEST_SECRET, max_length=_LONGEST_SECRET, description="签名密钥 / the signing secret"
    )


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
    secret: str | None = Field(
        description="签名密钥，仅此一次显示；登记已有密钥时为空 / the secret, told once; null where you gave it"
    )
    created_at: datetime


def credential_routes(prefix: str, build: Callable[[Any], InterfaceCredentials]) -> APIRouter:
    """Return the routes below ``prefix``; ``build`` makes the use case of the application's resources."""
    router = APIRouter(
        prefix=prefix + "/institutions/{code}/interface-credentials", tags=["国家医保接口 national interface"]
    )

    @router.post(
        "",
        status_code=201,
        summary="发放签名凭证 / Give out a credential",
        description="轮换：先发新的，机构换用后停用旧的；同时最多两个有效。报文体可省略；机构已有的密钥（如省平台所发）可在其中登记。"
        " / To rotate, give out the new one, retire the old one when it is no longer used; two are valid at once. "
        "The body may be left out; a key that the institution has already goes there.",
    )
    async def give_credential(
        request: Request,
        operator: Operator,
        code: CodePath,
        existing: Annotated[ExistingCredential | None, Body()] = None,
    ) -> GivenCredentialView:
        """Make a credential; its secret is told this once."""
        operator.must_reach_institution(code)
        pair = None if existing is None else KeyPair(existing.paasid, existing.secret.get_secret_value())
        given = await build(request.app.state.resources).give(code, by=operator.subject, existing=pair)
        return GivenCredentialView(
            paasid=given.stored.key_id,
            secret=None if existing else given.secret,
            created_at=given.stored.created_at,
        )

    @router.get("", summary="查询签名凭证 / List credentials")
    async def list_credentials(request: Request, operator: Operator, code: CodePath) -> list[CredentialView]:
        """List an institution's credentials, retired ones too, the newest first."""
        operator.must_reach_institution(code)
        return [CredentialView.of(stored) for stored in await build(request.app.state.resources).listed(code)]

    @router.delete("/{paasid}", status_code=204, summary="停用签名凭证 / Retire a credential", response_class=Response)
    async def retire_credential(request: Request, operator: Operator, code: CodePath, paasid: KeyPath) -> Response:
        """Retire a credential; within two seconds nothing signed with it is taken."""
        operator.must_reach_institution(code)
        await build(request.app.state.resources).retire(code, paasid)
        return Response(status_code=204)

    return router

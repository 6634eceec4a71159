"""How a browser signs in at the desk: a token is handed over once, a cookie of short life stands for it."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

import jwt
from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from services.kit.auth import Guard, Principal
from services.kit.errors import Forbidden, Unauthenticated
from services.kit.principal import SCOPES
from services.tips import telemetry, wiring
from services.tips.api.desk_access import require_agency
from services.tips.use_cases.desk_sessions import form_token

COOKIE = "__Host-tips-desk"
"""The prefix makes browsers refuse it without TLS, from a parent domain or for a part of the site."""

SIGN_IN = "/tips/desk/sign-in"

_MOST_FIELDS = 80


class SignInNeeded(Unauthenticated):
    """A person's browser came without a session; it is sent to the sign-in page."""

    def __init__(self) -> None:
        super().__init__("sign_in_needed", zh="请先登录。", en="Please sign in.")


def must_hold(who: Principal, *scopes: str) -> None:
    """Pass who has these scopes; raises Forbidden (``scope_missing``)."""
    if missing := set(scopes) - who.scopes:
        named = " ".join(sorted(missing))
        raise Forbidden("scope_missing", zh=f"缺少权限：{named}。", en=f"The scope is missing: {named}.")


class DeskGuard(Guard):
    """Dependency of the desk's pages: wants a session with certain scopes, or a bearer token as everywhere."""

    def __init__(self, *scopes: str) -> None:
        if unknown := set(scopes) - SCOPES:
            raise ValueError(f"scopes that no role has: {sorted(unknown)}")
        super().__init__(frozenset(scopes))

    async def __call__(self, request: Request) -> Principal:
        """Return who asks; raises SignInNeeded for a person, Unauthenticated for others, and Forbidden."""
        secret = request.cookies.get(COOKIE)
        if secret is None:
            if "authorization" not in request.headers and "text/html" in request.headers.get("accept", ""):
                raise SignInNeeded
            principal = await super().__call__(request)
        else:
            found = await wiring.build_desk_sessions(request.app.state.resources).find(secret)
            if found is None:
                raise SignInNeeded
            must_hold(found, *self.scopes)
            principal = found
        require_agency(principal)
        return principal


DeskReader = Annotated[Principal, Depends(DeskGuard("tips:read"))]
DeskClerk = Annotated[Principal, Depends(DeskGuard("tips:enter"))]


async def sign_in(request: Request, token: str) -> str:
    """Verify a token and open a session; return its secret. Raises Unauthenticated, and Forbidden."""
    _require_same_site(request)
    try:
        principal = await request.app.state.verifier.verify(token)
        _require_desk(principal)
    except (Unauthenticated, Forbidden):
        telemetry.SIGN_INS.add(1, {"outcome": "refused"})
        raise
    telemetry.SIGN_INS.add(1, {"outcome": "opened"})
    # Verified above; only the end of its life is read here.
    expires = jwt.decode(token, options={"verify_signature": False})["exp"]
    sessions = wiring.build_desk_sessions(request.app.state.resources)
    return await sessions.open(principal, datetime.fromtimestamp(expires, UTC))


def hand_out(response: Response, secret: str) -> None:
    """Give the browser its session, until it is closed."""
    response.set_cookie(COOKIE, secret, path="/", secure=True, httponly=True, samesite="strict")


async def sign_out(request: Request, response: Response) -> None:
    """End the session of a browser."""
    if secret := request.cookies.get(COOKIE):
        await wiring.build_desk_sessions(request.app.state.resources).end(secret)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


async def to_sign_in(_: Request, __: Exception) -> Response:
    """Send a browser without a session to the sign-in page."""
    return RedirectResponse(SIGN_IN, 303, {"Cache-Control": "no-store"})


def token_of(request: Request) -> str:
    """Return what the forms of this session carry; nothing where a bearer token was sent instead."""
    secret = request.cookies.get(COOKIE)
    return "" if secret is None else form_token(secret)


async def read_form(request: Request) -> dict[str, list[str]]:
    """Read a form that came from a page of ours: all values of each field, empty ones left out.

    Raises Forbidden for one that did not. No file is ever taken up.
    """
    _require_same_site(request)
    async with request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=128 * 1024) as form:
        fields: dict[str, list[str]] = {}
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile) and value.strip():
                fields.setdefault(name, []).append(value.strip())
    if (secret := request.cookies.get(COOKIE)) is not None:
        (given,) = fields.pop("form_token", [""])[:1]
        if not secrets.compare_digest(given, form_token(secret)):
            raise _foreign_form()
    return fields


def _require_desk(principal: Principal) -> None:
    require_agency(principal)
    if not {"tips:read", "tips:enter", "tips:pay", "tips:watch"} & principal.scopes:
        raise Forbidden("not_of_the_desk", zh="该令牌无权办理举报。", en="This token has no business at the desk.")


def _require_same_site(request: Request) -> None:
    """Refuse what another site makes a browser send; browsers that do not tell are held by cookie and form token."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise _foreign_form()


def _foreign_form() -> Forbidden:
    return Forbidden("foreign_form", zh="表单已失效，请重新打开页面。", en="This form is stale; open the page again.")

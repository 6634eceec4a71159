"""Access to routes: a bearer token is verified, its scopes are compared, and every route says which it wants.

Everything is denied unless a route carries `require` or `public`; `routes_without_guard` finds those that forgot.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.routing import iter_route_contexts
from fastapi.security.base import SecurityBase

from services.kit.errors import Forbidden, Unauthenticated
from services.kit.principal import ROLES, SCOPES, Principal
from services.kit.token_verifier import TokenVerifier

__all__ = [
    "ROLES",
    "SCOPES",
    "Guard",
    "OneOfGuard",
    "Principal",
    "Protected",
    "Public",
    "SignedGuard",
    "guard_of",
    "guards",
    "public",
    "require",
    "require_one_of",
    "require_or_signed",
    "routes_without_guard",
    "scopes_of",
]


SIGNATURE_HEADER = "x-tif-signature"
"""Header of the national gateway that tells a signed request from one with a token."""


class Guard(SecurityBase):
    """Dependency of a route that wants a token with certain scopes; yields the Principal."""

    def __init__(self, scopes: frozenset[str]) -> None:
        self.scopes = scopes
        self.model = HTTPBearerModel(bearerFormat="JWT", description="EdDSA 或 RS256 / EdDSA or RS256")
        self.scheme_name = "bearer"

    async def __call__(self, request: Request) -> Principal:
        """Return who asks; raises Unauthenticated, or Forbidden (``scope_missing``)."""
        verifier: TokenVerifier = request.app.state.verifier
        principal = await verifier.verify(_bearer(request))
        self._must_hold(principal)
        return principal

    def _must_hold(self, principal: Principal) -> None:
        if missing := self.scopes - principal.scopes:
            named = " ".join(sorted(missing))
            raise Forbidden("scope_missing", zh=f"令牌缺少权限：{named}。", en=f"The token lacks the scope: {named}.")


class OneOfGuard(Guard):
    """Dependency of a route for which any one of several scopes will do; the route itself tells what each is for."""

    def __init__(self, one_of: frozenset[str]) -> None:
        super().__init__(frozenset())
        self.one_of = one_of

    def _must_hold(self, principal: Principal) -> None:
        if not self.one_of & principal.scopes:
            named = " / ".join(sorted(self.one_of))
            raise Forbidden("scope_missing", zh=f"令牌缺少权限：{named}。", en=f"The token lacks the scope: {named}.")


class SignatureVerifier(Protocol):
    """Knows who signed a request's headers; the resources of a service that takes such have one, ``signatures``."""

    async def __call__(self, headers: Mapping[str, str]) -> Principal:
        """Return who signed; raises Unauthenticated."""
        ...


class SignedGuard(Guard):
    """Dependency of a route for callers that cannot make tokens: a signature in the headers does as well."""

    async def __call__(self, request: Request) -> Principal:
        """Return who asks; raises Unauthenticated, or Forbidden (``scope_missing``)."""
        if SIGNATURE_HEADER not in request.headers:
            return await super().__call__(request)
        verify: SignatureVerifier = request.app.state.resources.signatures
        principal = await verify(request.headers)
        self._must_hold(principal)
        return principal


class Public:
    """Dependency of a route that is open on purpose."""

    async def __call__(self) -> None:
        """Let everybody pass."""


def require(*scopes: str) -> Guard:
    """Return the dependency of a route that wants all of these scopes; with none, any valid token will do.

    Raises ValueError for a scope that no role has, so that a misspelt one is found at the start.
    """
    if unknown := set(scopes) - SCOPES:
        raise ValueError(f"scopes that no role has: {sorted(unknown)}")
    return Guard(frozenset(scopes))


def require_one_of(*scopes: str) -> OneOfGuard:
    """Return the dependency of a route that wants any one of these scopes; raises ValueError as `require` does."""
    return OneOfGuard(require(*scopes).scopes)


def require_or_signed(*scopes: str) -> SignedGuard:
    """Return the dependency of a route that takes a token with all of these scopes, or signed headers instead."""
    return SignedGuard(require(*scopes).scopes)


def public() -> Public:
    """Return the dependency that marks a route as open on purpose."""
    return Public()


class Protected(NamedTuple):
    """One method of one route and what it wants."""

    method: str
    path: str
    scopes: frozenset[str] | None
    """None when the route is open on purpose."""
    one_of: frozenset[str] = frozenset()
    """Scopes of which any one will do; none where all of the others are wanted."""


def guards(app: FastAPI) -> list[Protected]:
    """Return every method of every marked route of an application, in the order of the routes."""
    return [Protected(method, path, _wanted(marks), _one_of(marks)) for method, path, marks in _routes(app) if marks]


def routes_without_guard(app: FastAPI) -> list[str]:
    """Return ``METHOD path`` of every route that carries neither `require` nor `public`; the API document is exempt."""
    return [f"{method} {path}" for method, path, marks in _routes(app) if not marks]


def guard_of(dependant: Dependant) -> Guard | None:
    """Return the guard of a route, if it has one."""
    return next((mark for mark in _marks(dependant) if isinstance(mark, Guard)), None)


def scopes_of(dependant: Dependant) -> frozenset[str]:
    """Return every scope that the guards of a route want together."""
    return _wanted(list(_marks(dependant))) or frozenset()


def _wanted(marks: list[Guard | Public]) -> frozenset[str] | None:
    wanted = [mark.scopes for mark in marks if isinstance(mark, Guard)]
    return frozenset().union(*wanted) if wanted else None


def _one_of(marks: list[Guard | Public]) -> frozenset[str]:
    return frozenset().union(*(mark.one_of for mark in marks if isinstance(mark, OneOfGuard)))


def _routes(app: FastAPI) -> Iterator[tuple[str, str, list[Guard | Public]]]:
    documents = {app.openapi_url, app.docs_url}
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None and route.path in documents:
            continue
        marks = [] if dependant is None else list(_marks(dependant))
        for method in sorted(route.methods or {"ANY"}):
            yield method, route.path_format or route.path or "", marks


def _marks(dependant: Dependant) -> Iterator[Guard | Public]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Guard | Public):
            yield dependency.call
        yield from _marks(dependency)


def _bearer(request: Request) -> str:
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            "token_missing", zh="需要访问令牌。", en="A bearer token is needed in the header Authorization."
        )
    return token.strip()

"""Routes that take one body and keep it in the quarantine where it is refused, as the quarantine's rules have it.

A conflict is kept, for one of both is wrong, and a reversal whose settlement is not here, for it may come yet. What is
malformed is the caller's to mend, unless it asks for it to be kept with ``?quarantine=true``.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from msgspec import Raw
from starlette.exceptions import HTTPException

from services.intake.api.body_problems import problem_at
from services.intake.api.refusals import refusal
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Kind, Refusal
from services.intake.use_cases.quarantine.release_waiting import WAITED_FOR
from services.intake.wiring import Resources
from services.kit.auth import Principal, guard_of
from services.kit.errors import Conflict, Malformed, NotFound, ServiceError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_ALWAYS = (Conflict, NotFound)
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_PLACES = frozenset({"body", "path"})

Kept = Annotated[
    bool, Query(description="不合格（422）时也存入隔离区 / keep it in the quarantine too when it is refused with 422")
]
"""Parameter of a route that may be asked to keep what is malformed; the class of the route looks at it."""


class Described(NamedTuple):
    """What a route takes."""

    kind: Kind
    in_path: Mapping[str, str]
    """Fields of the body as it is kept, by the parameters of the path that they stand in."""


def keeping(described: Mapping[str, Described]) -> type[APIRoute]:
    """Return the class of routes that keep what they refuse; ``described`` by the names of their endpoints."""

    class KeepingRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()
            described_here = described.get(self.name)
            if described_here is None:
                return handle
            guard = guard_of(self.dependant)
            assert guard is not None  # noqa: S101 - every route has one, see `routes_without_guard`

            async def kept(request: Request) -> Response:
                try:
                    return await handle(request)
                except (RequestValidationError, ServiceError, HTTPException) as error:
                    problems = _problems(error)
                    if problems and (isinstance(error, _ALWAYS) or asked_for(request)):
                        # What the body is missing is told before who sent it is asked; that is made up for here.
                        await keep(request, await guard(request), described_here, problems)
                    raise

            return kept

    return KeepingRoute


def asked_for(request: Request) -> bool:
    """Tell whether a caller wants what is malformed to be kept."""
    return request.query_params.get("quarantine") == "true"


async def keep(
    request: Request, principal: Principal, described: Described, problems: Sequence[Problem], *, waits: bool = False
) -> bool:
    """Keep the body of a request; return whether it is kept. Of another institution nothing is."""
    resources: Resources = request.app.state.resources
    body = _whole(await request.body(), request, described)
    one = refusal(
        body,
        described.kind,
        problems,
        code=problems[0].code,
        source="single",
        reference=_reference(request, described),
        caller=principal.institution,
    )
    if one is None or _of_another(request, principal, one):
        return False
    [held] = await resources.quarantine.keep([one._replace(waits=waits)], received_from=principal.subject)
    return held


def _of_another(request: Request, principal: Principal, one: Refusal) -> bool:
    named = request.path_params.get("institution_code", one.institution_code)
    return principal.institution is not None and named != principal.institution


def _whole(body: bytes, request: Request, described: Described) -> bytes:
    """Return the body with what stands in the path put into it; one that is no JSON object as it came."""
    if not described.in_path:
        return body
    try:
        values = _OBJECT.decode(body or b"{}")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return body
    path = {field: request.path_params[name] for name, field in described.in_path.items()}
    return msgspec.json.encode(path | {name: value for name, value in values.items() if name not in path})


def _reference(request: Request, described: Described) -> str:
    return ":".join(["single", *(str(request.path_params[name]) for name in described.in_path)])


def _problems(error: RequestValidationError | ServiceError | HTTPException) -> list[Problem]:
    """Return what speaks against a body; nothing where the body is not to blame."""
    if isinstance(error, RequestValidationError):
        found = error.errors()
        if any(one["type"] == "json_invalid" for one in found):
            return [Problem("", "malformed_json")]
        return [problem_at(one["loc"][1:], one["type"]) for one in found if one["loc"][:1] and one["loc"][0] in _PLACES]
    if isinstance(error, HTTPException):
        broken = isinstance(error.__cause__, ValueError | RecursionError)
        return [Problem("", "malformed_json")] if broken else []
    if isinstance(error, NotFound) and error.code != WAITED_FOR:
        return []
    if isinstance(error, Malformed | Conflict | NotFound):
        return [Problem(field.pointer, field.code) for field in error.fields] or [Problem("", error.code)]
    return []

"""Errors as ``application/problem+json`` (RFC 9457): a stable code, field pointers, the trace id, never a value."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.kit.errors import FieldError, ServiceError
from services.kit.http.language import CONTENT_LANGUAGE, language
from services.kit.http.matched import route_guard
from services.kit.http.problem_texts import MALFORMED_JSON, Text, field_text, status_text
from services.kit.telemetry import current_trace_id

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""Told with 429 and 503 where the error says nothing of its own."""

_MOST_FIELDS = 100
"""Field errors of one answer; a caller that has more of them repairs these first."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})

FieldProblem = tuple[str, FieldError]
"""Where the field stands (``body``, ``query`` …) and what is wrong with it."""


def problem(
    request: HTTPConnection,
    status: int,
    *,
    code: str | None = None,
    detail: Text | None = None,
    fields: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer for a problem, in the caller's language; code and detail default to those of the status."""
    spoken = language(request)
    known = status_text(status)
    code = code or known.code
    document: dict[str, Any] = {
        "type": f"urn:fundwarden:problem:{code}",
        "title": getattr(known.title, spoken),
        "status": status,
        "code": code,
        "detail": getattr(detail or known.detail, spoken),
    }
    if fields:
        document["errors"] = [
            {"in": place, "pointer": field.pointer, "code": field.code, "message": getattr(field, spoken)}
            for place, field in fields[:_MOST_FIELDS]
        ]
    if (trace_id := current_trace_id()) is not None:
        document["trace_id"] = trace_id
    return Response(
        json.dumps(document, ensure_ascii=False),
        status,
        headers={"Content-Language": CONTENT_LANGUAGE[spoken], **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def service_problem(request: HTTPConnection, error: ServiceError) -> Response:
    """Return the answer for an error of ours."""
    headers = {}
    if error.status in {429, 503}:
        headers["Retry-After"] = str(RETRY_SECONDS if error.retry_after is None else error.retry_after)
    if error.status == 401:  # noqa: PLR2004 - Unauthorized
        reason = "" if error.code == "token_missing" else ', error="invalid_token"'
        headers["WWW-Authenticate"] = f'Bearer realm="fundwarden"{reason}'
    if error.code == "scope_missing":
        headers["WWW-Authenticate"] = 'Bearer realm="fundwarden", error="insufficient_scope"'
    return problem(
        request,
        error.status,
        code=error.code,
        detail=Text(error.zh, error.en),
        fields=[("body", field) for field in error.fields],
        headers=headers,
    )


def failure_problem(request: HTTPConnection, *, passing: bool) -> Response:
    """Return the answer for whatever else went wrong: nothing of it but whether trying again may help."""
    if passing:
        return problem(request, 503, headers={"Retry-After": str(RETRY_SECONDS)})
    return problem(request, 500)


async def _on_service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)  # noqa: S101 - registered for this class
    return service_problem(request, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    if isinstance(error.__cause__, ValueError | RecursionError):
        # How the framework tells of JSON in a broken encoding or nested beyond reason.
        return await _malformed_json(request)
    # The framework's detail is English and may quote the path, so the status speaks for itself.
    headers = dict(error.headers or {})
    if error.status_code in {429, 503}:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    return problem(request, error.status_code, headers=headers)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    problems = error.errors()
    if any(entry["type"] == "json_invalid" for entry in problems):
        return await _malformed_json(request)
    return invalid_problem(request, problems)


def invalid_problem(request: HTTPConnection, errors: Sequence[Mapping[str, Any]]) -> Response:
    """Return the answer for fields that are wrong, given as pydantic tells of them, the place of each first."""
    return problem(request, 422, code="malformed", fields=[_field(entry) for entry in errors])


async def _malformed_json(request: Request) -> Response:
    # The framework parses a body before it asks who sent it; a stranger must learn of the missing token first.
    guard = route_guard(request.scope)
    if guard is not None:
        try:
            await guard(request)
        except ServiceError as refused:
            return service_problem(request, refused)
    field = FieldError("", "malformed_json", MALFORMED_JSON.zh, MALFORMED_JSON.en)
    return problem(request, 422, code="malformed_json", detail=MALFORMED_JSON, fields=[("body", field)])


def _field(entry: Mapping[str, Any]) -> FieldProblem:
    place, path = _split(entry["loc"])
    kind = str(entry["type"])
    if kind == "extra_forbidden":
        # The last step is a name the caller made up.
        path = path[:-1]
    text = field_text(kind, entry.get("ctx") or {})
    return place, FieldError("".join(f"/{_step(step)}" for step in path), kind, text.zh, text.en)


def _split(location: Sequence[str | int]) -> tuple[str, Sequence[str | int]]:
    if location and location[0] in _PLACES:
        return str(location[0]), location[1:]
    return "body", location


def _step(step: str | int) -> str:
    # A key of a free mapping is input too: only what looks like a field's name is repeated.
    if isinstance(step, int):
        return str(step)
    return step if _NAME.fullmatch(step.replace("-", "_")) else "*"


def install_problems(app: FastAPI) -> None:
    """Answer every error of an application in this form."""
    app.add_exception_handler(ServiceError, _on_service_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)

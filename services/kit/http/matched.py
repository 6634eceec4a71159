"""The route a request came to, under its template and with its guard."""

from typing import Any

from starlette.types import Scope

from services.kit.auth import Guard, guard_of, scopes_of

UNMATCHED = "(none)"
"""Stands for the template where no route matched: the path itself would make a label without bound."""


def route_template(scope: Scope) -> str:
    """Return the template of the route, such as ``/intake/v1/settlements/{settlement_id}``."""
    return getattr(_route(scope), "path_format", None) or UNMATCHED


def route_guard(scope: Scope) -> Guard | None:
    """Return the guard of the route, if it has one."""
    dependant = getattr(_route(scope), "dependant", None)
    return None if dependant is None else guard_of(dependant)


def route_scopes(scope: Scope) -> frozenset[str]:
    """Return the scopes that the route wants."""
    dependant = getattr(_route(scope), "dependant", None)
    return frozenset() if dependant is None else scopes_of(dependant)


def _route(scope: Scope) -> Any:
    # An included router leaves the route as its module wrote it in "route"; prefix and guard of the inclusion are here.
    return scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")

"""The published interface made complete: an example of every body and answer, and the problems each route can give.

Examples are put together from the schemas and a table of values in the words of the field, so that none goes stale
when a field is added; a field without a value of its own is named, and a test wants none.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

from services.kit.http.problem_texts import status_text

Json = Any
Values = Mapping[str, Json]
"""Example values by field: ``Model.name``, ``name``, or ``*_suffix`` for every name that ends so."""

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}

_PROBLEM = {
    "title": "Problem",
    "description": "问题（RFC 9457） / A problem",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "稳定的代码 / Stable"},
        "detail": {"type": "string", "description": "按 Accept-Language / In the caller's language"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "code", "message"],
                "properties": {
                    "in": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON 指针 / JSON pointer"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "trace_id": {"type": "string"},
    },
}

_CODES = {401: "token_missing", 403: "scope_missing"}
_TRACE = "0af7651916cd43dd8448eb211c80319c"


class ExampleMaker:
    """Makes examples of schemas; ``missing`` names the fields for which it had to invent something."""

    def __init__(self, components: Mapping[str, Json], values: Values) -> None:
        self._components = components
        self._values = values
        self.missing: set[str] = set()

    def make(self, schema: Mapping[str, Json], name: str = "", model: str = "") -> Json:
        """Return an example of a schema, for the field ``name`` of ``model``."""
        while "$ref" in schema:
            own = str(schema["$ref"]).rsplit("/", 1)[1]
            schema, model = self._components[own], model if name else own
            if schema.get("type") == "object":
                return self._object(schema, own, name, model)
        for key in (f"{model}.{name}", name, f"*_{name.rsplit('_', 1)[-1]}"):
            if key in self._values and self._fits(schema, self._values[key]):
                return copy.deepcopy(self._values[key])
        return self._unnamed(schema, name, model)

    def _unnamed(self, schema: Mapping[str, Json], name: str, model: str) -> Json:
        if "anyOf" in schema:
            return self.make(next(one for one in schema["anyOf"] if one.get("type") != "null"), name, model)
        kind = schema.get("type")
        if kind == "array":
            return [self.make(schema["items"], name, model)]
        if kind == "object":
            return self._object(schema, str(schema.get("title", "")), name, model)
        fixed = schema["enum"][0] if "enum" in schema else schema.get("const", schema.get("default"))
        if fixed is not None or kind == "boolean":
            return True if fixed is None else fixed
        self.missing.add(f"{model}.{name}")
        return {"integer": schema.get("minimum", 1), "string": "…", "number": 1}.get(str(kind))

    def _object(self, schema: Mapping[str, Json], own: str, name: str, model: str) -> Json:
        for key in (f"{model}.{name}", own, name):
            if key and key in self._values and isinstance(self._values[key], dict):
                return copy.deepcopy(self._values[key])
        if "properties" not in schema:
            inside = schema.get("additionalProperties")
            if isinstance(inside, dict) and inside:
                self.missing.add(f"{model or own}.{name}")
            return {}
        return {field: self.make(inner, field, own) for field, inner in schema["properties"].items()}

    def _fits(self, schema: Mapping[str, Json], value: Json) -> bool:
        while "$ref" in schema:
            schema = self._components[str(schema["$ref"]).rsplit("/", 1)[1]]
        if "anyOf" in schema:
            return any(self._fits(one, value) for one in schema["anyOf"])
        if "enum" in schema and value not in schema["enum"]:
            return False
        kind = schema.get("type")
        if kind is not None and not isinstance(value, _TYPES[kind]):
            return False
        if isinstance(value, bool) and kind not in {None, "boolean"}:
            return False
        if isinstance(value, list) and "items" in schema:
            return all(self._fits(schema["items"], one) for one in value)
        pattern = schema.get("pattern")
        return pattern is None or not isinstance(value, str) or re.search(pattern, value) is not None


def complete(document: dict[str, Json], values: Values | None) -> set[str]:
    """Put problems, and with values examples too, into an interface document.

    Returns the fields that have no example value of their own.
    """
    components = document.setdefault("components", {}).setdefault("schemas", {})
    maker = ExampleMaker(components, values or {})
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if values is not None:
                _exemplify(operation, maker)
            _tell_problems(path, method, operation)
    components["Problem"] = copy.deepcopy(_PROBLEM)
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    return maker.missing


def _exemplify(operation: dict[str, Json], maker: ExampleMaker) -> None:
    for parameter in operation.get("parameters", ()):
        found = ExampleMaker(maker._components, maker._values)  # noqa: SLF001 - one that forgets what it misses
        example = found.make(parameter["schema"], parameter["name"])
        if not found.missing and example is not None:
            parameter["example"] = example
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [
        answer.get("content", {}) for status, answer in operation["responses"].items() if status.startswith("2")
    ]
    for content in contents:
        for media_type, described in content.items():
            if media_type == "application/json" and "example" not in described:
                described["example"] = maker.make(described["schema"])


def _tell_problems(path: str, method: str, operation: dict[str, Json]) -> None:
    # What a route declares for itself stays, and gets the form that every problem has.
    statuses = {int(status) for status in operation["responses"] if status.isdigit() and status >= "400"} | {503}
    if "security" in operation:
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    if method in {"post", "patch", "put", "delete"}:
        statuses.add(409)
    if "requestBody" in operation:
        # Who sends may send too much at once, or too often.
        statuses |= {413, 429}
    if "parameters" in operation or "requestBody" in operation:
        statuses.add(422)
    if "security" not in operation:
        statuses.add(429)
    for status in sorted(statuses):
        operation["responses"][str(status)] = _problem_answer(status)


def _problem_answer(status: int) -> dict[str, Json]:
    text = status_text(status)
    code = _CODES.get(status, text.code)
    example = {
        "type": f"urn:fundwarden:problem:{code}",
        "title": text.title.zh,
        "status": status,
        "code": code,
        "detail": text.detail.zh,
        "trace_id": _TRACE,
    }
    if status == 422:  # noqa: PLR2004 - the one with fields
        example["errors"] = [{"in": "query", "pointer": "/limit", "code": "int_parsing", "message": "应为整数。"}]
    return {
        "description": f"{text.title.zh} / {text.title.en}",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
        },
    }

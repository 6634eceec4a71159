"""A posted body as a struct: decoded at once when it is sound, field by field when it is not.

So a body with three wrong fields is answered with three problems, each at its pointer.
"""

import re
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from services.intake.domain.problem import MOST_PROBLEMS, Problem

S = TypeVar("S", bound=Struct)

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>\w+)`")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>[0-9]+)\]")


class StructBody(Generic[S]):
    """Decodes bodies of one kind."""

    def __init__(self, struct: type[S]) -> None:
        self._struct = struct
        self._whole = msgspec.json.Decoder(struct)
        self._fields = [
            (field.encode_name, msgspec.json.Decoder(field.type), field.required)
            for field in msgspec.structs.fields(struct)
        ]

    def decode(self, text: bytes | None) -> tuple[S | None, list[Problem]]:
        """Return the struct, or None and what is wrong with the body; None stands for a line beyond its bound."""
        if text is None:
            return None, [Problem("", "line_too_long")]
        try:
            return self._whole.decode(text), []
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return None, self._problems(text)

    def _problems(self, text: bytes) -> list[Problem]:
        try:
            msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return [Problem("", "malformed_json")]
        try:
            values = _OBJECT.decode(text)
        except msgspec.MsgspecError:
            return [Problem("", "type")]
        problems = []
        for name, decoder, required in self._fields:
            if name not in values:
                if required:
                    problems.append(Problem(f"/{name}", "missing"))
                continue
            try:
                decoder.decode(values[name])
            except msgspec.MsgspecError as error:
                problems.append(_problem(f"/{name}", str(error)))
        # Whatever the decoder met, nothing may pass that it did not take whole.
        return problems[:MOST_PROBLEMS] or [Problem("", "type")]

    def named(self, text: bytes | None, name: str) -> str | None:
        """Return a text field of a body that was refused, where it can be read: its answer says whose it is."""
        try:
            return msgspec.json.decode(_OBJECT.decode(text or b"")[name], type=str)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, KeyError):
            return None

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the body with every reference put in its place, for the OpenAPI document."""
        (schema,), components = msgspec.json.schema_components([self._struct], ref_template="#/{name}")
        resolved: dict[str, Any] = _resolved(schema, components)
        return resolved


def _problem(at: str, message: str) -> Problem:
    """Turn the decoder's message into a problem at its place; the message itself may hold what was posted."""
    place = _PLACE.search(message)
    for step in _STEP.finditer(place["path"]) if place else ():
        at += f"/{step['name'] or step['index']}"
    missing = _MISSING.search(message)
    return Problem(f"{at}/{missing['name']}", "missing") if missing else Problem(at, "type")


def _resolved(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _resolved(components[schema["$ref"].removeprefix("#/")], components)
        return {key: _resolved(value, components) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_resolved(value, components) for value in schema]
    return schema

"""Registry entries in bulk: NDJSON, one entry and one answer a line."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from services.intake.api.answers import FieldAnswer, in_language
from services.intake.api.ndjson import MEDIA_TYPE, Bounds, Line, NdjsonExchange
from services.intake.domain.problem import Problem
from services.intake.use_cases.change_registry import Entry
from services.kit.http import Language, language

__all__ = ["BULK_BODY", "MOST_BULK_BYTES", "BulkAnswer", "exchange"]

MOST_BULK_BYTES = 1024**3
BULK_BOUNDS = Bounds(lines=500, chunk_bytes=1024 * 1024, line_bytes=64 * 1024)
BULK_BODY = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "description": "每行一条 / one entry a line"}}},
    }
}

M = TypeVar("M", bound=BaseModel)
D = TypeVar("D")


class BulkAnswer(BaseModel):
    """Answer to one line."""

    line: int
    status: str
    code: str | None = None
    """Code of the entry, when it has one of the right form."""
    fields: list[dict[str, str]] = []


class _Bulk(Generic[M, D]):
    """One bulk request in hand."""

    def __init__(
        self,
        model: type[M],
        to_domain: Callable[[M], D],
        change: Callable[[Sequence[D]], Awaitable[list[Entry]]],
        spoken: Language,
    ) -> None:
        self._model = model
        self._to_domain = to_domain
        self._change = change
        self._language: Language = spoken

    async def prepare(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Leave everything to the second step; a registry is small."""
        return lines

    async def finish(self, prepared: Sequence[Line]) -> bytes:
        """Write a chunk of entries and answer its lines."""
        lines = prepared
        answers: dict[int, BulkAnswer] = {}
        sound: list[tuple[int, M]] = []
        for line in lines:
            try:
                sound.append((line.number, self._model.model_validate_json(line.text or b"")))
            except ValidationError as error:
                fields = [_field(line, entry["loc"], entry["type"]) for entry in error.errors(include_input=False)]
                answers[line.number] = self._answer(line.number, None, "rejected", fields)
        entries = await self._change([self._to_domain(body) for _, body in sound])
        for (number, body), entry in zip(sound, entries, strict=True):
            answers[number] = self._answer(number, getattr(body, "code", None), entry.status, entry.problems)
        return b"".join(answers[line.number].model_dump_json(exclude_defaults=True).encode() + b"\n" for line in lines)

    def _answer(self, number: int, code: str | None, status: str, problems: Sequence[Problem]) -> BulkAnswer:
        fields = [_as_dict(one) for one in in_language(problems, self._language)]
        return BulkAnswer(line=number, status=status, code=code, fields=fields)


def _as_dict(field: FieldAnswer) -> dict[str, str]:
    return {"pointer": field.pointer, "code": field.code, "message": field.message}


def _field(line: Line, location: tuple[int | str, ...], kind: str) -> Problem:
    if line.text is None:
        return Problem("", "line_too_long")
    if kind == "json_invalid":
        return Problem("", "malformed_json")
    if kind == "extra_forbidden":
        # The last step is a name the caller made up.
        return Problem("".join(f"/{step}" for step in location[:-1]), "unknown_field")
    pointer = "".join(f"/{step}" for step in location)
    return Problem(pointer, "missing" if kind == "missing" else "type")


def exchange(
    request: Request,
    model: type[M],
    to_domain: Callable[[M], D],
    change: Callable[[Sequence[D]], Awaitable[list[Entry]]],
) -> Response:
    """Return the response that runs a bulk request."""
    bulk = _Bulk(model, to_domain, change, language(request))
    return NdjsonExchange(request, bulk, BULK_BOUNDS)

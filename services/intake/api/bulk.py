"""Registry entries in bulk: NDJSON, one entry and one answer a line."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import wiring
from services.intake.api.answers import FieldAnswer, in_language
from services.intake.api.ndjson import MEDIA_TYPE, Bounds, Line, NdjsonExchange
from services.intake.api.refusals import refusal
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Kind, Refusal
from services.intake.domain.registry_fields import Declaration
from services.intake.use_cases.change_registry import Entry
from services.intake.wiring import Resources
from services.kit.auth import Principal
from services.kit.http import Language, language

__all__ = ["BULK_BODY", "BULK_RESPONSES", "MOST_BULK_BYTES", "BulkAnswer", "exchange"]

MOST_BULK_BYTES = 1024**3
BULK_BOUNDS = Bounds(lines=500, chunk_bytes=1024 * 1024, line_bytes=64 * 1024)
BULK_BODY = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "description": "每行一条 / one entry a line"}}},
    }
}

BULK_RESPONSES: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}

M = TypeVar("M", bound=BaseModel)


class BulkAnswer(BaseModel):
    """Answer to one line."""

    line: int
    status: str
    code: str | None = None
    """Code of the entry, when it has one of the right form."""
    fields: list[dict[str, str]] = []


class _Bulk(Generic[M]):
    """One bulk request in hand."""

    def __init__(
        self,
        resources: Resources,
        principal: Principal,
        kind: Kind,
        model: type[M],
        to_domain: Callable[[M], Declaration],
        spoken: Language,
    ) -> None:
        self._clock = resources.clock
        self._keep = resources.quarantine.keep
        self._change = wiring.build_change_registry(resources)
        self._principal = principal
        self._kind: Kind = kind
        self._model = model
        self._to_domain = to_domain
        self._language: Language = spoken

    async def prepare(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Leave everything to the second step; a registry is small."""
        return lines

    async def finish(self, prepared: Sequence[Line]) -> bytes:
        """Write a chunk of entries and answer its lines; what is refused is kept in the same transaction."""
        lines = prepared
        refused: dict[int, list[Problem]] = {}
        sound: list[tuple[Line, M]] = []
        for line in lines:
            try:
                body = self._model.model_validate_json(line.text or b"")
            except ValidationError as error:
                found = error.errors(include_input=False)
                refused[line.number] = [_field(line, entry["loc"], entry["type"]) for entry in found]
                continue
            if self._principal.institution not in {
                None,
                getattr(body, "institution_code", self._principal.institution),
            }:
                refused[line.number] = [Problem("/institution_code", "other_institution")]
            else:
                sound.append((line, body))

        async def beside(session: AsyncSession, entries: Sequence[Entry]) -> None:
            stood = {line.number: entry.problems for (line, _), entry in zip(sound, entries, strict=True)}
            kept = [self._refusal(line, refused.get(line.number) or stood[line.number]) for line in lines]
            await self._keep.within(
                session,
                [one for one in kept if one is not None],
                now=self._clock.now(),
                received_from=self._principal.subject,
            )

        declared = [self._to_domain(body) for _, body in sound]
        entries = await self._change(declared, source=self._principal.subject, beside=beside)
        answers = {number: self._answer(number, None, "rejected", problems) for number, problems in refused.items()}
        for (line, body), entry in zip(sound, entries, strict=True):
            code = getattr(body, "code", None)
            answers[line.number] = self._answer(line.number, code, entry.status, entry.problems)
        return b"".join(answers[line.number].model_dump_json(exclude_defaults=True).encode() + b"\n" for line in lines)

    def _refusal(self, line: Line, problems: Sequence[Problem]) -> Refusal | None:
        if not problems:
            return None
        return refusal(
            line.text,
            self._kind,
            problems,
            code=problems[0].code,
            source="batch",
            reference=f"batch:{line.number}",
            caller=self._principal.institution,
        )

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
    request: Request, principal: Principal, kind: Kind, model: type[M], to_domain: Callable[[M], Declaration]
) -> Response:
    """Return the response that runs a bulk request; an institution's token writes nothing of another's."""
    bulk = _Bulk(request.app.state.resources, principal, kind, model, to_domain, language(request))
    return NdjsonExchange(request, bulk, BULK_BOUNDS)

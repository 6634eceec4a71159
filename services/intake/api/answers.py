"""Problems and answers of intake in the forms that callers get."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.intake.domain.problem import Problem
from services.intake.use_cases.accept_settlements import Answer
from services.kit.errors import Conflict, FieldError, Forbidden, Malformed, ServiceError
from services.kit.http import Language

_encode = msgspec.json.Encoder().encode


class FieldAnswer(msgspec.Struct, gc=False):
    """What is wrong with one field of a line's body."""

    pointer: str
    code: str
    message: str


class LineAnswer(msgspec.Struct, omit_defaults=True, gc=False):
    """Answer to one line of a batch."""

    line: int
    status: str
    settlement_id: str | None = None
    settlement_ref: UUID | None = None
    code: str | None = None
    fields: list[FieldAnswer] = []
    doubts: list[FieldAnswer] = []
    movement_id: str | None = None
    movement_ref: UUID | None = None
    list_ref: UUID | None = None
    version: int | None = None


def ndjson(answers: Sequence[LineAnswer]) -> bytes:
    """Return answers as lines of NDJSON."""
    return b"".join([_encode(answer) + b"\n" for answer in answers])


def in_language(problems: Sequence[Problem], language: Language) -> list[FieldAnswer]:
    """Return problems with their text in one language."""
    return [FieldAnswer(one.pointer, one.code, getattr(one, language)) for one in problems]


def malformed(problems: Sequence[Problem], *, code: str = "malformed") -> Malformed:
    """Return the error for a body with problems."""
    return Malformed(
        code,
        zh="数据不符合要求。",
        en="The data is not as it must be.",
        fields=[FieldError(one.pointer, one.code, one.zh, one.en) for one in problems],
    )


def refusal(answer: Answer) -> ServiceError:
    """Return the error for a settlement that was not taken."""
    if answer.status == "conflict":
        return Conflict(
            "settlement_differs",
            zh="同一结算编号已有内容不同的结算。",
            en="Another settlement with other content stands under this id.",
        )
    if answer.code == "other_institution":
        problem = answer.problems[0]
        return Forbidden("other_institution", zh=problem.zh, en=problem.en)
    return malformed(answer.problems, code=answer.code or "malformed")

"""What was refused over HTTP, put in the form in which the quarantine keeps it."""

from collections.abc import Sequence

import msgspec

from services.intake.domain.codes import is_institution, is_settlement_id
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import REGIONS_DIFFER, Kind, Refusal, Source
from services.intake.use_cases.accept_settlements import Answer

_NOT_KEPT = frozenset({"other_institution", "line_too_long"})
"""A caller without the right to post keeps nothing with us, and of a line beyond its bound nothing is left."""


class _Head(msgspec.Struct, gc=False):
    """Whose a body is and what it would become, where it can be told."""

    institution_code: object = None
    settlement_id: object = None
    movement_id: object = None


_HEAD = msgspec.json.Decoder(_Head)


def settlement_refusal(
    body: bytes | None, answer: Answer, *, source: Source, reference: str, caller: str | None
) -> Refusal | None:
    """Return a posted settlement that was refused, conflicts, or differs from the other region's report; else None."""
    if answer.status in {"rejected", "conflict"}:
        code = answer.code or "malformed"
        if answer.problems and code == "malformed":
            code = answer.problems[0].code
        problems = answer.problems or [Problem("/settlement_id", code)]
    elif answer.doubts and any(doubt.code == REGIONS_DIFFER for doubt in answer.doubts):
        code, problems = REGIONS_DIFFER, answer.doubts
    else:
        return None
    return refusal(body, "settlement", problems, code=code, source=source, reference=reference, caller=caller)


def refusal(
    body: bytes | None,
    kind: Kind,
    problems: Sequence[Problem],
    *,
    code: str,
    source: Source,
    reference: str,
    caller: str | None,
) -> Refusal | None:
    """Return a refused body; ``caller`` is the institution that the caller speaks for, if it is one's."""
    if not body or code in _NOT_KEPT:
        return None
    try:
        head = _HEAD.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        head = _Head()
    named = head.institution_code
    institution = caller or (named if isinstance(named, str) and is_institution(named) else None)
    subject = head.movement_id if kind == "movement" else head.settlement_id
    subject = subject if isinstance(subject, str) and is_settlement_id(subject) else None
    return Refusal(kind, source, reference, code, problems, body, institution, subject)

"""What was refused over HTTP, put in the form in which the quarantine keeps it."""

from collections.abc import Sequence

import msgspec

from services.intake.domain.codes import is_institution, is_practitioner, is_region, is_settlement_id
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import PERSON_KINDS, REGIONS_DIFFER, REGISTRY_KINDS, Kind, Refusal, Source
from services.intake.domain.registration import department_ref
from services.intake.use_cases.accept_settlements import Answer
from services.intake.use_cases.reverse_settlement import UNNAMED

_NOT_KEPT = frozenset({"other_institution", "line_too_long"})
"""A caller without the right to post keeps nothing with us, and of a line beyond its bound nothing is left."""


class _Head(msgspec.Struct, gc=False):
    """Whose a body is and what it would become, where it can be told."""

    institution_code: object = None
    settlement_id: object = None
    movement_id: object = None
    reversal_id: object = None
    code: object = None
    region: object = None
    institution_codes: object = None


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
    found = Refusal(kind, source, reference, code, problems, body)
    if kind in REGISTRY_KINDS or kind in PERSON_KINDS:
        return _of_registry(found, head, caller)
    subject = _settlement_id(head.movement_id if kind == "movement" else head.settlement_id)
    institution = caller or _institution(head.institution_code)
    own_id = (_settlement_id(head.reversal_id) or UNNAMED) if kind == "reversal" else None
    return found._replace(institution_code=institution, subject=subject, own_id=own_id)


def _of_registry(found: Refusal, head: _Head, caller: str | None) -> Refusal:
    """Say what an entry of the registry is about; of an insured person nothing but the region is told."""
    region = head.region if isinstance(head.region, str) and is_region(head.region) else None
    if found.kind == "insured_person":
        return found._replace(institution_code=caller, region=region)
    if found.kind == "practitioner":
        works = head.institution_codes if isinstance(head.institution_codes, list) else []
        first = next((code for one in works if (code := _institution(one)) is not None), None)
        code = head.code if isinstance(head.code, str) and is_practitioner(head.code) else None
        return found._replace(institution_code=caller, subject=code, located_by=first)
    if found.kind == "department":
        institution = caller or _institution(head.institution_code)
        code = _settlement_id(head.code)
        subject = department_ref(institution, code) if institution and code else None
        return found._replace(institution_code=institution, subject=subject)
    institution = _institution(head.code)
    return found._replace(institution_code=caller or institution, subject=institution, region=region)


def _institution(named: object) -> str | None:
    return named if isinstance(named, str) and is_institution(named) else None


def _settlement_id(named: object) -> str | None:
    return named if isinstance(named, str) and is_settlement_id(named) else None

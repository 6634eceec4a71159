"""The answer to a posted settlement, encoded at once: this is the busiest route there is."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from fastapi import Response

from services.intake.api.answers import FieldAnswer, in_language
from services.intake.storage.settlements import Stored
from services.intake.use_cases.accept_settlements import Answer
from services.kit.http import Language

_encode = msgspec.json.Encoder().encode


class FindingAnswer(msgspec.Struct, gc=False):
    """A finding and where it stands."""

    finding_id: UUID
    state: Literal["raised", "confirmed", "dismissed", "withdrawn", "overturned"]
    amount_fen: int | None


_FINDINGS = msgspec.json.Decoder(list[FindingAnswer])


class SettlementAnswer(msgspec.Struct, gc=False):
    """What `Accepted` shows in the OpenAPI document."""

    status: str
    settlement_ref: UUID | None
    settlement_id: str
    accepted_at: datetime
    state: str
    doubts: list[FieldAnswer]
    reversed_at: datetime | None
    screened_at: datetime | None
    verdict: str | None
    finding_count: int | None
    amount_at_issue_fen: int | None
    rulebook_version: str | None
    findings: list[FindingAnswer]


def state_of(stored: Stored) -> str:
    """Return where a settlement stands, in one word."""
    if stored.reversed_at is not None:
        return "reversed"
    return "accepted" if stored.screened_at is None else "screened"


def findings_of(text: str | None) -> list[FindingAnswer]:
    """Return the findings as the tables give them, as JSON."""
    return _FINDINGS.decode(text) if text else []


def settlement_answer(settlement_id: str, answer: Answer, language: Language) -> Response:
    """Return 201 for a settlement that was taken now, 200 with what is known since for one that stood already."""
    stored = answer.stored
    assert stored is not None  # noqa: S101 - what was created or met is stored
    body = _encode(
        SettlementAnswer(
            answer.status,
            answer.settlement_ref,
            settlement_id,
            stored.accepted_at,
            state_of(stored),
            in_language(answer.doubts, language) if answer.doubts else [],
            stored.reversed_at,
            stored.screened_at,
            stored.verdict,
            stored.finding_count,
            stored.amount_at_issue_fen,
            stored.rulebook_version,
            findings_of(stored.findings),
        )
    )
    return Response(body, 201 if answer.status == "created" else 200, media_type="application/json")

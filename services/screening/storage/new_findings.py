"""New findings of a batch, with the first row of their history, written in one go."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from services.screening.domain.finding import Finding
from services.screening.domain.review import Status

RAISED_BY = "system"
"""Author of findings that a rule raised; no person may bear this name in a token."""

_COLUMNS = (
    "id",
    "settlement_ref",
    "settlement_id",
    "institution_code",
    "practitioner_codes",
    "rule_code",
    "knowledge_point",
    "severity",
    "line_numbers",
    "amount_at_issue_fen",
    "fingerprint",
    "evidence",
    "text_zh",
    "text_en",
    "rulebook_version",
    "raised_at",
    "raised_by",
    "traceparent",
    "status",
)
_LIFE_COLUMNS = ("finding_id", "status", "at", "by")

_encode = msgspec.json.Encoder().encode


class NewFinding(NamedTuple):
    """A finding with what the batch adds to it."""

    id: UUID
    settlement_id: str
    finding: Finding
    rulebook_version: str
    raised_at: datetime
    traceparent: str | None


async def copy(connection: asyncpg.Connection, rows: Sequence[NewFinding]) -> None:
    """Store findings that were just raised."""
    if not rows:
        return
    await connection.copy_records_to_table("finding", records=[_row(new) for new in rows], columns=_COLUMNS)
    await connection.copy_records_to_table(
        "finding_event",
        records=[(new.id, Status.RAISED.value, new.raised_at, RAISED_BY) for new in rows],
        columns=_LIFE_COLUMNS,
    )


def _row(new: NewFinding) -> tuple[object, ...]:
    finding = new.finding
    evidence = {"prior": finding.prior, "values": finding.values, "related_lines": finding.related_lines}
    return (
        new.id,
        finding.settlement_ref,
        new.settlement_id,
        finding.institution_code,
        finding.practitioner_codes,
        finding.rule_code,
        finding.knowledge_point,
        finding.severity,
        finding.line_numbers,
        finding.amount_at_issue_fen,
        finding.fingerprint,
        _encode(evidence).decode(),
        finding.text_zh,
        finding.text_en,
        new.rulebook_version,
        new.raised_at,
        RAISED_BY,
        new.traceparent,
        Status.RAISED.value,
    )

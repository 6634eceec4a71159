"""The points ledger of practitioners; rows are added and read, never changed."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.ledger import PointsEntry
from services.credit.storage.tables import entry_finding, points_entry


async def add(session: AsyncSession, entries: Sequence[PointsEntry]) -> None:
    """Add entries to the ledger in order; an original one also claims its findings for its practitioner."""
    if not entries:
        return
    for entry in entries:
        # One statement each keeps the positions in the order given.
        await session.execute(sa.insert(points_entry).values(**_values(entry)))
    claims = [
        {"finding_id": finding, "practitioner_code": entry.practitioner_code, "entry_id": entry.entry_id}
        for entry in entries
        if entry.counters_entry_id is None and entry.repairs_entry_id is None
        for finding in entry.finding_ids
    ]
    if claims:
        await session.execute(sa.insert(entry_finding), claims)


async def of_practitioners(session: AsyncSession, codes: Collection[str]) -> dict[str, list[PointsEntry]]:
    """Return the whole ledger of each practitioner, in its order; one without entries has an empty list."""
    ledgers: dict[str, list[PointsEntry]] = {code: [] for code in codes}
    if codes:
        rows = await session.execute(
            sa.select(points_entry)
            .where(points_entry.c.practitioner_code.in_(sorted(codes)))
            .order_by(points_entry.c.position)
        )
        for row in rows.mappings():
            ledgers[row["practitioner_code"]].append(_entry(row))
    return ledgers


async def of_sanction(session: AsyncSession, sanction_id: UUID) -> list[PointsEntry]:
    """Return the entries of a sanction, counter-entries included, in the ledger's order."""
    rows = await session.execute(
        sa.select(points_entry).where(points_entry.c.sanction_id == sanction_id).order_by(points_entry.c.position)
    )
    return [_entry(row) for row in rows.mappings()]


async def scored_findings(
    session: AsyncSession, findings: Collection[UUID], practitioners: Collection[str]
) -> set[tuple[UUID, str]]:
    """Return which of the findings have been scored for which of the practitioners."""
    if not findings:
        return set()
    rows = await session.execute(
        sa.select(entry_finding.c.finding_id, entry_finding.c.practitioner_code).where(
            entry_finding.c.finding_id.in_(sorted(findings)),
            entry_finding.c.practitioner_code.in_(sorted(practitioners)),
        )
    )
    return {(row.finding_id, row.practitioner_code) for row in rows}


async def practitioners_of_findings(session: AsyncSession, findings: Collection[UUID]) -> set[str]:
    """Return the practitioners that were scored for any of the findings."""
    if not findings:
        return set()
    query = sa.select(entry_finding.c.practitioner_code).where(entry_finding.c.finding_id.in_(sorted(findings)))
    return set(await session.scalars(query))


def _values(entry: PointsEntry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "practitioner_code": entry.practitioner_code,
        "sanction_id": entry.sanction_id,
        "violation_number": entry.violation_number,
        "institution_code": entry.institution_code,
        "decided_on": entry.decided_on,
        "recorded_at": entry.recorded_at,
        "points": entry.points,
        "band": entry.band,
        "band_cause": entry.band_cause,
        "degree": entry.degree,
        "modifier": entry.modifier,
        "finding_ids": list(entry.finding_ids),
        "policy_version": entry.policy_version,
        "counters_entry_id": entry.counters_entry_id,
        "cause_id": entry.cause_id,
        "cause_kind": entry.cause_kind,
        "traceparent": entry.traceparent,
        "repairs_entry_id": entry.repairs_entry_id,
    }


def _entry(row: sa.RowMapping) -> PointsEntry:
    fields = dict(row)
    del fields["position"]
    fields["finding_ids"] = tuple(fields["finding_ids"])
    return PointsEntry(**fields)

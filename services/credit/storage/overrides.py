"""Overrides of scores and grades, put together from their acts; rows are only added."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.override import Override, OverrideAct, OverrideKind, OverrideTarget
from services.credit.storage.register import in_region
from services.credit.storage.tables import rating_override


@dataclass(frozen=True, slots=True)
class OverrideStep:
    """A later act on an override."""

    override_id: UUID
    institution_code: str
    act: OverrideAct
    acted_at: datetime
    acted_by: str
    reason: str
    document_number: str


async def add_proposal(session: AsyncSession, proposed: Override) -> None:
    """Store a proposal."""
    await session.execute(
        sa.insert(rating_override).values(
            override_id=proposed.override_id,
            act=OverrideAct.PROPOSED.value,
            institution_code=proposed.institution_code,
            acted_at=proposed.proposed_at,
            acted_by=proposed.author,
            reason=proposed.reason,
            document_number=proposed.document_number,
            target=proposed.target.value,
            year=proposed.year,
            kind=proposed.kind.value,
            value_e2=proposed.value_e2,
            grade=proposed.grade,
            holds_from=proposed.holds_from,
            holds_until=proposed.holds_until,
        )
    )


async def add_step(session: AsyncSession, step: OverrideStep) -> None:
    """Store a later act."""
    await session.execute(
        sa.insert(rating_override).values(
            override_id=step.override_id,
            act=step.act.value,
            institution_code=step.institution_code,
            acted_at=step.acted_at,
            acted_by=step.acted_by,
            reason=step.reason,
            document_number=step.document_number,
        )
    )


async def find(session: AsyncSession, override_id: UUID) -> Override | None:
    """Return an override, None when there is none."""
    rows = await session.execute(sa.select(rating_override).where(rating_override.c.override_id == override_id))
    return next(iter(_put_together(rows.mappings())), None)


async def of_institutions(session: AsyncSession, codes: Collection[str]) -> dict[str, list[Override]]:
    """Return every override of institutions, whatever its state; an institution without any has an empty list."""
    found: dict[str, list[Override]] = {code: [] for code in codes}
    if codes:
        rows = await session.execute(
            sa.select(rating_override).where(rating_override.c.institution_code.in_(sorted(codes)))
        )
        for one in _put_together(rows.mappings()):
            found[one.institution_code].append(one)
    return found


async def page(
    session: AsyncSession,
    *,
    institution_code: str | None,
    region: str,
    on: date | None,
    after: UUID | None,
    limit: int,
) -> list[Override]:
    """Return overrides by id, those behind ``after``; ``on`` keeps those whose days include it."""
    proposal = rating_override.c.act == OverrideAct.PROPOSED.value
    query = sa.select(rating_override.c.override_id).where(
        proposal, in_region(rating_override.c.institution_code, region)
    )
    if institution_code is not None:
        query = query.where(rating_override.c.institution_code == institution_code)
    if on is not None:
        query = query.where(rating_override.c.holds_from <= on, rating_override.c.holds_until >= on)
    if after is not None:
        query = query.where(rating_override.c.override_id > after)
    ids = list(await session.scalars(query.order_by(rating_override.c.override_id).limit(limit)))
    rows = await session.execute(sa.select(rating_override).where(rating_override.c.override_id.in_(ids)))
    return sorted(_put_together(rows.mappings()), key=lambda one: one.override_id)


def _put_together(rows: Iterable[sa.RowMapping]) -> list[Override]:
    kept = list(rows)
    made = {row["override_id"]: _proposal(row) for row in kept if row["act"] == OverrideAct.PROPOSED}
    for row in kept:
        by, at, one = row["acted_by"], row["acted_at"], made[row["override_id"]]
        match OverrideAct(row["act"]):
            case OverrideAct.PROPOSED:
                continue
            case OverrideAct.APPROVED:
                one = replace(one, approved_by=by, approved_at=at)
            case OverrideAct.REFUSED:
                one = replace(one, refused_by=by, refused_at=at)
            case OverrideAct.REVOKED:
                one = replace(one, revoked_by=by, revoked_at=at)
        made[row["override_id"]] = one
    return list(made.values())


def _proposal(row: sa.RowMapping) -> Override:
    return Override(
        override_id=row["override_id"],
        institution_code=row["institution_code"],
        target=OverrideTarget(row["target"]),
        year=row["year"],
        kind=OverrideKind(row["kind"]),
        value_e2=row["value_e2"],
        grade=row["grade"],
        holds_from=row["holds_from"],
        holds_until=row["holds_until"],
        reason=row["reason"],
        document_number=row["document_number"],
        author=row["acted_by"],
        proposed_at=row["acted_at"],
    )

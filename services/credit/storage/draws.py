"""Inspection draws, one row a step: prepared, committed, drawn, published; or cancelled before the draw."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.draw import Selection
from services.credit.storage.tables import (
    draw_cancellation,
    draw_commitment,
    draw_publication,
    draw_result,
    draw_selection,
    inspection_draw,
)


class DrawState(StrEnum):
    """How far a draw has come."""

    PREPARED = "prepared"
    """名单已编制."""
    COMMITTED = "committed"
    """名单与种子承诺已公布."""
    DRAWN = "drawn"
    """已抽取，尚未公开."""
    PUBLISHED = "published"
    """结果已公开."""
    CANCELLED = "cancelled"
    """已废止."""


@dataclass(frozen=True, slots=True)
class PreparedDraw:
    """A list as it was made."""

    draw_id: UUID
    listing: str
    """The list, letter by letter as it was hashed."""
    list_hash: str
    grounds: dict[str, Any]
    """Grade and number of findings behind each weight; not public."""
    candidate_codes: tuple[str, ...]
    year: int
    limited: bool
    policy_version: str
    public_not_before: datetime
    prepared_at: datetime
    prepared_by: str

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions the list was made of; none means every region."""
        return tuple(json.loads(self.listing)["regions"])


@dataclass(frozen=True, slots=True)
class DrawFile:
    """A draw with every step it has made; what has not happened is None."""

    prepared: PreparedDraw
    seed_commitment: str | None
    committed_at: datetime | None
    committed_by: str | None
    seed: str | None
    public_value: str | None
    drawn_at: datetime | None
    drawn_by: str | None
    published_at: datetime | None
    published_by: str | None
    reason: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None

    @property
    def state(self) -> DrawState:
        """Return how far it has come."""
        if self.cancelled_at is not None:
            return DrawState.CANCELLED
        if self.published_at is not None:
            return DrawState.PUBLISHED
        if self.drawn_at is not None:
            return DrawState.DRAWN
        return DrawState.PREPARED if self.committed_at is None else DrawState.COMMITTED


async def lock_draws(session: AsyncSession) -> None:
    """Make the steps of all draws happen one after the other, until the commit."""
    await session.execute(sa.text("select pg_advisory_xact_lock(hashtext('fundwarden.credit.draw'))"))


async def add_prepared(session: AsyncSession, prepared: PreparedDraw) -> None:
    """Store a list."""
    await session.execute(
        sa.insert(inspection_draw).values(
            draw_id=prepared.draw_id,
            listing=prepared.listing,
            list_hash=prepared.list_hash,
            grounds=prepared.grounds,
            candidate_codes=list(prepared.candidate_codes),
            year=prepared.year,
            limited=prepared.limited,
            policy_version=prepared.policy_version,
            public_not_before=prepared.public_not_before,
            prepared_at=prepared.prepared_at,
            prepared_by=prepared.prepared_by,
        )
    )


async def add_commitment(
    session: AsyncSession, prepared: PreparedDraw, seed_commitment: str, *, now: datetime, by: str
) -> None:
    """Store the commitment to a seed."""
    await session.execute(
        sa.insert(draw_commitment).values(
            draw_id=prepared.draw_id,
            prepared_by=prepared.prepared_by,
            seed_commitment=seed_commitment,
            committed_at=now,
            committed_by=by,
        )
    )


async def commitment_taken(session: AsyncSession, seed_commitment: str) -> bool:
    """Tell whether a commitment has been used before; its seed may then be known."""
    used = sa.select(sa.exists().where(draw_commitment.c.seed_commitment == seed_commitment))
    return bool(await session.scalar(used))


async def add_result(
    session: AsyncSession,
    prepared: PreparedDraw,
    selections: Sequence[Selection],
    *,
    seed: str,
    public_value: str,
    now: datetime,
    by: str,
) -> None:
    """Store the seed, the public value and what follows from them."""
    await session.execute(
        sa.insert(draw_result).values(
            draw_id=prepared.draw_id,
            prepared_by=prepared.prepared_by,
            seed=seed,
            public_value=public_value,
            drawn_at=now,
            drawn_by=by,
        )
    )
    await session.execute(
        sa.insert(draw_selection),
        [
            {
                "draw_id": prepared.draw_id,
                "rank": rank,
                "institution_code": one.institution_code,
                "inspector_codes": list(one.inspector_codes),
                "year": prepared.year,
                "limited": prepared.limited,
            }
            for rank, one in enumerate(selections, start=1)
        ],
    )


async def add_publication(session: AsyncSession, draw_id: UUID, *, now: datetime, by: str) -> None:
    """Store that the result is public."""
    await session.execute(sa.insert(draw_publication).values(draw_id=draw_id, published_at=now, published_by=by))


async def add_cancellation(session: AsyncSession, draw_id: UUID, reason: str, *, now: datetime, by: str) -> None:
    """Store that a draw will not take place."""
    await session.execute(
        sa.insert(draw_cancellation).values(draw_id=draw_id, reason=reason, cancelled_at=now, cancelled_by=by)
    )


async def find(session: AsyncSession, draw_id: UUID) -> DrawFile | None:
    """Return a draw, None when there is none of this id."""
    rows = await session.execute(_files().where(inspection_draw.c.draw_id == draw_id))
    row = rows.one_or_none()
    return None if row is None else _file(row)


async def page(
    session: AsyncSession, *, public: bool, region: str = "", after: UUID | None, limit: int
) -> list[DrawFile]:
    """Return draws by id, those behind ``after``; with ``public`` only those with a public commitment.

    ``region`` is a prefix within which every region of a draw must lie.
    """
    query = _files()
    if region:
        regions = sa.cast(inspection_draw.c.listing, postgresql.JSONB)["regions"]
        one = sa.func.jsonb_array_elements_text(regions).column_valued("one")
        outside = sa.select(one).where(~one.startswith(region, autoescape=True)).exists()
        query = query.where(sa.func.jsonb_array_length(regions) > 0, ~outside)
    if public:
        query = query.where(draw_commitment.c.committed_at.is_not(None))
    if after is not None:
        query = query.where(inspection_draw.c.draw_id > after)
    rows = await session.execute(query.order_by(inspection_draw.c.draw_id).limit(limit))
    return [_file(row) for row in rows]


async def selections(session: AsyncSession, draw_id: UUID) -> list[Selection]:
    """Return what was drawn, in the order of the draw."""
    rows = await session.execute(
        sa.select(draw_selection).where(draw_selection.c.draw_id == draw_id).order_by(draw_selection.c.rank)
    )
    return [Selection(row.institution_code, tuple(row.inspector_codes)) for row in rows]


async def visits(session: AsyncSession, codes: Collection[str], year: int) -> dict[str, int]:
    """Return how often each institution was drawn, or stands in an open draw, under the limit of a year."""
    counted = dict.fromkeys(codes, 0)
    drawn = await session.execute(
        sa.select(draw_selection.c.institution_code, sa.func.count().label("number"))
        .where(
            draw_selection.c.year == year,
            draw_selection.c.limited,
            draw_selection.c.institution_code == sa.any_(sa.literal(sorted(codes), sa.ARRAY(sa.Text))),
        )
        .group_by(draw_selection.c.institution_code)
    )
    for row in drawn:
        counted[row.institution_code] += row.number
    opened = await session.scalars(
        sa.select(inspection_draw.c.candidate_codes)
        .join(draw_commitment, draw_commitment.c.draw_id == inspection_draw.c.draw_id)
        .where(
            inspection_draw.c.year == year,
            inspection_draw.c.limited,
            ~sa.exists().where(draw_result.c.draw_id == inspection_draw.c.draw_id),
            ~sa.exists().where(draw_cancellation.c.draw_id == inspection_draw.c.draw_id),
        )
    )
    for candidates in opened:
        for code in counted.keys() & set(candidates):
            counted[code] += 1
    return counted


def _files() -> sa.Select[Any]:
    joined = inspection_draw
    steps = (draw_commitment, draw_result, draw_publication, draw_cancellation)
    source: sa.FromClause = joined
    for step in steps:
        source = source.outerjoin(step, step.c.draw_id == joined.c.draw_id)
    later = [column for step in steps for column in step.columns if column.name not in {"draw_id", "prepared_by"}]
    return sa.select(joined, *later).select_from(source)


def _file(row: sa.Row[Any]) -> DrawFile:
    fields = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's columns
    own = {column.name for column in inspection_draw.columns}
    prepared = {name: value for name, value in fields.items() if name in own}
    prepared["candidate_codes"] = tuple(prepared["candidate_codes"])
    return DrawFile(PreparedDraw(**prepared), **{name: value for name, value in fields.items() if name not in own})

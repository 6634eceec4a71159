"""The queue of tips as one person may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.access import Viewer
from services.tips.domain.reward_claim import RewardState
from services.tips.domain.tip import OUTCOMES, Kind, Status, Tip
from services.tips.storage import tables
from services.tips.storage.tips import tip_of_row

_tips = tables.tips
_deadlines = tables.deadlines

_NO_DEADLINE = date(9999, 12, 31)
"""Sorts tips of which nothing is due behind all others."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tips of the queue are wanted."""

    status: Status | None = None
    kind: Kind | None = None
    institution_code: str | None = None
    overdue_on: date | None = None
    """Only tips of which something was due before this day."""
    due_until: date | None = None
    """Only tips of which something is due up to this day."""
    escalated: bool = False
    """Only tips that a supervisor has not taken note of yet."""
    unassigned: bool = False
    """Only tips of which the place of the act is not known yet."""
    decided: bool = False
    """Only tips that are decided and wait for their closing."""
    rewardable: bool = False
    """Only tips of which a reward is proposed and waits for its approvals."""


async def may_see(session: AsyncSession, tip_id: UUID, viewer: Viewer) -> bool:
    """Whether somebody may see a tip; for one that does not exist the answer is the same as for a foreign one."""
    query = sa.select(_tips.c.id).where(_tips.c.id == tip_id, *_visible(viewer))
    return await session.scalar(query) is not None


async def list_by_arrival(
    session: AsyncSession, viewer: Viewer, wanted: Wanted, *, after: UUID | None, limit: int
) -> list[Tip]:
    """Return tips in the order of their arrival, by day, after a given one."""
    query = sa.select(_tips).where(*_visible(viewer), *_conditions(wanted)).order_by(_tips.c.id).limit(limit)
    if after is not None:
        query = query.where(_tips.c.id > after)
    return [tip_of_row(dict(row)) for row in (await session.execute(query)).mappings()]


async def list_by_deadline(
    session: AsyncSession, viewer: Viewer, wanted: Wanted, *, after: tuple[date, UUID] | None, limit: int
) -> list[tuple[Tip, date]]:
    """Return tips with the day of what is due next of them, the most urgent first, after a given one."""
    due = sa.func.coalesce(
        sa.select(sa.func.min(_deadlines.c.due_on))
        .where(_deadlines.c.tip_id == _tips.c.id, _deadlines.c.met_on.is_(None))
        .scalar_subquery(),
        _NO_DEADLINE,
    ).label("next_due_on")
    inner = sa.select(_tips, due).where(*_visible(viewer), *_conditions(wanted)).subquery()
    query = sa.select(inner).order_by(inner.c.next_due_on, inner.c.id).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(inner.c.next_due_on, inner.c.id) > after)
    found = []
    for row in (await session.execute(query)).mappings():
        values = dict(row)
        day = values.pop("next_due_on")
        found.append((tip_of_row(values), day))
    return found


async def count(session: AsyncSession, viewer: Viewer, wanted: Sequence[Wanted]) -> list[int]:
    """Return how many tips somebody would find under each of several filters."""
    visible = _visible(viewer)
    columns = [
        sa.select(sa.func.count()).select_from(_tips).where(*visible, *_conditions(each)).scalar_subquery()
        for each in wanted
    ]
    return [int(number) for number in (await session.execute(sa.select(*columns))).one()]


def _visible(viewer: Viewer) -> list[sa.ColumnElement[bool]]:
    members, interests, recusals = tables.desk_members, tables.interests, tables.recusals
    conditions: list[sa.ColumnElement[bool]] = [
        ~sa.exists().where(
            interests.c.subject == viewer.subject,
            interests.c.institution_code.in_([_tips.c.reported_institution_code, _tips.c.institution_code]),
        ),
        ~sa.exists().where(recusals.c.subject == viewer.subject, recusals.c.tip_id == _tips.c.id),
    ]
    if prefix := viewer.region_prefix:
        conditions.append(_tips.c.region.startswith(prefix, autoescape=True))
    if not viewer.every_desk:
        member = sa.exists().where(members.c.desk == _tips.c.desk, members.c.subject == viewer.subject)
        conditions.append(sa.or_(_tips.c.desk.is_(None), member))
    return conditions


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(_tips.c.status == wanted.status)
    if wanted.kind is not None:
        conditions.append(_tips.c.kind == wanted.kind)
    if wanted.institution_code is not None:
        code = wanted.institution_code
        conditions.append(sa.or_(_tips.c.institution_code == code, _tips.c.reported_institution_code == code))
    if wanted.overdue_on is not None:
        conditions.append(_due(_deadlines.c.due_on < wanted.overdue_on))
    if wanted.due_until is not None:
        conditions.append(_due(_deadlines.c.due_on <= wanted.due_until))
    if wanted.escalated:
        conditions.append(_due(_deadlines.c.escalated_on.is_not(None), _deadlines.c.taken_note_by.is_(None)))
    if wanted.decided:
        conditions.append(_tips.c.status.in_(OUTCOMES))
    if wanted.rewardable:
        rewards = tables.rewards
        conditions.append(sa.exists().where(rewards.c.matter_id == _tips.c.id, rewards.c.state == RewardState.PROPOSED))
    if wanted.unassigned:
        conditions.append(_tips.c.region.is_(None))
    return conditions


def _due(*what: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(_deadlines.c.tip_id == _tips.c.id, _deadlines.c.met_on.is_(None), *what)

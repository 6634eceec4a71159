"""Who delivers a subscription: a lease by the database's clock, and the record of every attempt made under it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.webhook import WebhookState
from services.credit.storage.tables import change_counter, webhook, webhook_attempt
from services.credit.storage.webhooks import COLUMNS, Webhook, read_webhook

_ACTIVE = webhook.c.state == WebhookState.ACTIVE.value


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to deliver one subscription for a while."""

    lease_id: UUID
    webhook: Webhook


async def take(session: AsyncSession, lease_id: UUID, *, now: datetime, seconds: float, limit: int) -> list[Lease]:
    """Lease subscriptions that are due and that nobody holds, those that have waited longest first."""
    due = (
        sa.select(webhook.c.webhook_id)
        .where(
            _ACTIVE,
            webhook.c.next_attempt_at <= now,
            webhook.c.position < sa.select(change_counter.c.last).scalar_subquery(),
            sa.or_(webhook.c.leased_until.is_(None), webhook.c.leased_until < sa.func.clock_timestamp()),
        )
        .order_by(webhook.c.next_attempt_at, webhook.c.webhook_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = await session.execute(
        sa.update(webhook)
        .where(webhook.c.webhook_id.in_(due))
        .values(lease=lease_id, leased_until=_until(seconds))
        .returning(*COLUMNS)
    )
    return [Lease(lease_id, read_webhook(row)) for row in rows.mappings()]


async def record(
    session: AsyncSession, held: Lease, *, values: Mapping[str, Any], seconds: float | None
) -> Webhook | None:
    """Write what an attempt changed and keep the lease for so many seconds, or give it up with None.

    Returns the subscription as it is now; None when it is gone, was leased by another after this lease ran out, or
    was sent to another place of the feed meanwhile. Then nothing is written and the lease, if it was ours, is given up.
    """
    mine = sa.and_(webhook.c.webhook_id == held.webhook.webhook_id, webhook.c.lease == held.lease_id)
    lease = (
        {"lease": None, "leased_until": None}
        if seconds is None
        else {"lease": held.lease_id, "leased_until": _until(seconds)}
    )
    rows = await session.execute(
        sa.update(webhook)
        .where(mine, webhook.c.position == held.webhook.position)
        .values({**values, **lease})
        .returning(*COLUMNS)
    )
    row = rows.mappings().one_or_none()
    if row is None:
        await session.execute(sa.update(webhook).where(mine).values(lease=None, leased_until=None))
    return None if row is None else read_webhook(row)


async def exists(session: AsyncSession, webhook_id: UUID) -> bool:
    """Tell whether a subscription is still there, and keep it there until the transaction ends."""
    query = sa.select(webhook.c.webhook_id).where(webhook.c.webhook_id == webhook_id)
    return await session.scalar(query.with_for_update(key_share=True, read=True)) is not None


async def log(session: AsyncSession, webhook_id: UUID, **values: Any) -> None:
    """Add an attempt to the log."""
    await session.execute(sa.insert(webhook_attempt).values(webhook_id=webhook_id, **values))


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Delete attempts older than an instant."""
    await session.execute(sa.delete(webhook_attempt).where(webhook_attempt.c.attempted_at < before))


async def overview(session: AsyncSession) -> tuple[dict[str, int], int]:
    """Return the number of subscriptions by state, and how many places the slowest active one is behind."""
    counted = await session.execute(sa.select(webhook.c.state, sa.func.count()).group_by(webhook.c.state))
    behind = await session.scalar(
        sa.select(
            sa.select(change_counter.c.last).scalar_subquery() - sa.func.min(webhook.c.position).filter(_ACTIVE)
        ).select_from(webhook)
    )
    states = dict.fromkeys((state.value for state in WebhookState), 0)
    for state, number in counted:
        states[state] = number
    return states, behind or 0


def _until(seconds: float) -> sa.ColumnElement[datetime]:
    return sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)

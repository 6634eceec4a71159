"""Webhook subscriptions: kept, listed, changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.region import reach
from services.credit.domain.webhook import StateReason, WebhookState
from services.credit.storage.changes import ChangeSelection
from services.credit.storage.tables import webhook, webhook_attempt


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription."""

    webhook_id: UUID
    url: str
    description: str
    kinds: tuple[str, ...]
    region: str
    """Prefix; empty: all regions."""
    institution_code: str | None
    bound_region: str | None
    state: WebhookState
    state_reason: StateReason | None
    state_at: datetime
    secret: bytes
    """Sealed."""
    secret_before: bytes | None
    secret_before_until: datetime | None
    position: int
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime
    created_at: datetime
    created_by: str

    def selection(self) -> ChangeSelection:
        """Return what is delivered: what was asked for, inside what its creator may read."""
        regions = {reach(region) for region in (self.region, self.bound_region) if region}
        return ChangeSelection(self.kinds, self.institution_code, regions)


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One attempt to deliver."""

    attempt_id: int
    event_id: UUID
    type: str
    number: int
    attempted_at: datetime
    outcome: str
    status: int | None
    duration_ms: int


_NAMES = tuple(Webhook.__dataclass_fields__)
COLUMNS = tuple(webhook.c[name] for name in _NAMES)
"""Columns of a subscription, for statements that return one."""


async def add(session: AsyncSession, one: Webhook) -> None:
    """Store a new subscription."""
    await session.execute(
        sa.insert(webhook).values({name: _stored(name, getattr(one, name)) for name in _NAMES}),
    )


async def find(session: AsyncSession, webhook_id: UUID, *, lock: bool = False) -> Webhook | None:
    """Return a subscription, None when there is none; with ``lock`` its row is held until the transaction ends."""
    query = sa.select(*COLUMNS).where(webhook.c.webhook_id == webhook_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else read_webhook(row)


async def page(
    session: AsyncSession, *, institution_code: str | None, region: str | None, after: UUID | None, limit: int
) -> list[Webhook]:
    """Return subscriptions by id, those behind ``after``; an institution's or a region's own only."""
    query = sa.select(*COLUMNS)
    if after is not None:
        query = query.where(webhook.c.webhook_id > after)
    if institution_code is not None:
        query = query.where(webhook.c.institution_code == institution_code)
    if region is not None:
        query = query.where(webhook.c.bound_region.startswith(reach(region), autoescape=True))
    rows = await session.execute(query.order_by(webhook.c.webhook_id).limit(limit))
    return [read_webhook(row) for row in rows.mappings()]


async def count_bound(session: AsyncSession, *, institution_code: str | None, region: str | None) -> int:
    """Return how many subscriptions are bound to exactly this institution and region; None stands for neither.

    Whoever asks for the same binding waits until the commit, so that two at once do not both take the last place.
    """
    binding = f"webhook:{institution_code}:{region}"
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(binding, 0))))
    counted = await session.scalar(
        sa.select(sa.func.count())
        .select_from(webhook)
        .where(
            webhook.c.institution_code.is_not_distinct_from(institution_code),
            webhook.c.bound_region.is_not_distinct_from(region),
        )
    )
    return int(counted or 0)


async def change(session: AsyncSession, webhook_id: UUID, **values: Any) -> Webhook:
    """Set fields of a subscription and return it as it is now."""
    stored = {name: _stored(name, value) for name, value in values.items()}
    rows = await session.execute(
        sa.update(webhook).where(webhook.c.webhook_id == webhook_id).values(stored).returning(*COLUMNS)
    )
    return read_webhook(rows.mappings().one())


async def remove(session: AsyncSession, webhook_id: UUID) -> None:
    """Delete a subscription with its log."""
    await session.execute(sa.delete(webhook).where(webhook.c.webhook_id == webhook_id))


async def attempts(
    session: AsyncSession, webhook_id: UUID, *, before: int | None, limit: int
) -> Sequence[WebhookAttempt]:
    """Return attempts, the newest first, those older than ``before``."""
    columns = [webhook_attempt.c[name] for name in WebhookAttempt.__dataclass_fields__]
    query = sa.select(*columns).where(webhook_attempt.c.webhook_id == webhook_id)
    if before is not None:
        query = query.where(webhook_attempt.c.attempt_id < before)
    rows = await session.execute(query.order_by(webhook_attempt.c.attempt_id.desc()).limit(limit))
    return [WebhookAttempt(**row) for row in rows.mappings()]


def read_webhook(row: sa.RowMapping) -> Webhook:
    """Return the subscription in a row of ``COLUMNS``."""
    fields: dict[str, Any] = {name: row[name] for name in _NAMES}
    reason = fields["state_reason"]
    fields |= {
        "kinds": tuple(fields["kinds"]),
        "state": WebhookState(fields["state"]),
        "state_reason": None if reason is None else StateReason(reason),
    }
    return Webhook(**fields)


def _stored(name: str, value: Any) -> Any:
    return list(value) if name == "kinds" else value

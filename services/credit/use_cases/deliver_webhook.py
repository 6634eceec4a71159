"""Deliver the feed to one subscription in order: each fact at least once, none skipped, failures tried again."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.credit.domain.webhook import Endurance, Outcome, WebhookState, outcome_of, progress_after, signed_headers
from services.credit.storage import changes, webhook_leases
from services.credit.storage.changes import ChangePage, PlacedChange
from services.credit.storage.webhook_leases import Lease
from services.credit.storage.webhook_sealing import SecretVault
from services.credit.storage.webhooks import Webhook
from services.credit.telemetry import SPAN_WEBHOOK_DELIVER, webhook_acts, webhook_attempts, webhook_duration
from services.credit.use_cases.change_message import message_of
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbound import Outbound, Reply
from services.kit.telemetry import span

_log = structlog.get_logger(__name__)

MOST_AT_ONCE = 100
"""Facts delivered before a subscription goes to the end of the line."""


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How deliveries are made."""

    endurance: Endurance
    lease_seconds: float
    """Longer than one attempt can take; so long a subscription waits after its worker died."""
    log_kept: timedelta


class DeliverWebhook:
    """Takes subscriptions that are due, and delivers one of them as far as it will go."""

    def __init__(
        self,
        database: Database,
        vault: SecretVault,
        outbound: Outbound,
        clock: Clock,
        rules: DeliveryRules,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._vault = vault
        self._outbound = outbound
        self._clock = clock
        self._rules = rules
        self._jitter = jitter

    async def take(self, limit: int) -> list[Lease]:
        """Lease up to ``limit`` subscriptions that have something to be delivered now."""
        async with self._database.transaction() as session:
            return await webhook_leases.take(
                session, new_id(), now=self._clock.now(), seconds=self._rules.lease_seconds, limit=limit
            )

    async def __call__(self, held: Lease, stop: asyncio.Event) -> None:
        """Deliver until there is no more, an attempt fails, the lease is lost or the process stops."""
        page = await self._next(held.webhook)
        for change in page.changes:
            if stop.is_set():
                break
            current = await self._attempt(held, change)
            if current is None:
                return
            held = Lease(held.lease_id, current)
        else:
            await self._record(held, {"position": page.position}, keep=False)
            return
        await self._record(held, {}, keep=False)

    async def forget(self) -> None:
        """Delete what the log holds longer than it should."""
        async with self._database.transaction() as session:
            await webhook_leases.forget(session, before=self._clock.now() - self._rules.log_kept)

    async def overview(self) -> tuple[dict[str, int], int]:
        """Return the number of subscriptions by state, and how far the slowest active one is behind."""
        async with self._database.reading() as session:
            return await webhook_leases.overview(session)

    async def _next(self, webhook: Webhook) -> ChangePage:
        async with self._database.reading() as session:
            return await changes.page(session, webhook.selection(), after=webhook.position, limit=MOST_AT_ONCE)

    async def _attempt(self, held: Lease, change: PlacedChange) -> Webhook | None:
        """Make one attempt and record it; None where the subscription must not be served further under this lease."""
        webhook, now = held.webhook, self._clock.now()
        attributes = {"fundwarden.event": str(change.event_id), "fundwarden.webhook": str(webhook.webhook_id)}
        with span(SPAN_WEBHOOK_DELIVER, parent=change.traceparent, attributes=attributes):
            reply = await self._post(webhook, change, now)
        outcome = Outcome(reply.problem) if reply.problem else outcome_of(reply.status or 0)
        webhook_attempts.add(1, {"outcome": outcome.value})
        webhook_duration.record(reply.seconds, {"service": "credit"})
        progress = progress_after(
            webhook.failures,
            webhook.failing_since,
            outcome,
            now=self._clock.now(),
            endurance=self._rules.endurance,
            jitter=self._jitter(),
            asked_seconds=reply.retry_after,
        )
        delivered = outcome is Outcome.DELIVERED
        values: dict[str, Any] = {
            "failures": progress.failures,
            "failing_since": progress.failing_since,
            "next_attempt_at": progress.next_attempt_at,
        }
        if delivered:
            values["position"] = change.position
        if progress.state is not WebhookState.ACTIVE and progress.reason is not None:
            values |= {"state": progress.state.value, "state_reason": progress.reason.value, "state_at": now}
        entry = {
            "event_id": change.event_id,
            "type": change.type,
            "number": webhook.failures + 1,
            "attempted_at": now,
            "outcome": outcome.value,
            "status": reply.status,
            "duration_ms": round(reply.seconds * 1000),
        }
        current = await self._record(held, values, keep=delivered, entry=entry)
        if progress.reason is not None:
            webhook_acts.add(1, {"act": progress.reason.value})
            _log.error("webhook_stopped", webhook=str(webhook.webhook_id), reason=progress.reason.value)
        if current is None or not delivered or current.state is not WebhookState.ACTIVE:
            if current is not None and delivered:
                await self._record(Lease(held.lease_id, current), {}, keep=False)
            return None
        return current

    async def _post(self, webhook: Webhook, change: PlacedChange, now: datetime) -> Reply:
        sealed = [webhook.secret]
        if webhook.secret_before is not None and (webhook.secret_before_until or now) > now:
            sealed.append(webhook.secret_before)
        opened = [self._vault.open(webhook.webhook_id, one) for one in sealed]
        body = message_of(change)
        headers = signed_headers(opened, str(change.event_id), now, body)
        return await self._outbound.post(webhook.url, body, {**headers, "Content-Type": "application/json"})

    async def _record(
        self, held: Lease, values: dict[str, Any], *, keep: bool, entry: dict[str, Any] | None = None
    ) -> Webhook | None:
        async with self._database.transaction() as session:
            seconds = self._rules.lease_seconds if keep else None
            current = await webhook_leases.record(session, held, values=values, seconds=seconds)
            if entry is not None and await webhook_leases.exists(session, held.webhook.webhook_id):
                await webhook_leases.log(session, held.webhook.webhook_id, **entry)
            return current

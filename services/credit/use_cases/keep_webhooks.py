"""Keep webhook subscriptions: made, changed, given a new secret, sent back in the feed, ended."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.credit.domain.region import inside
from services.credit.domain.webhook import SECRET_BYTES, StateReason, WebhookState, shown_secret
from services.credit.storage import changes, webhooks
from services.credit.storage.webhook_sealing import SecretVault
from services.credit.storage.webhooks import Webhook, WebhookAttempt
from services.credit.telemetry import webhook_acts
from services.credit.use_cases.guard_reading import must_be_free_of_person
from services.credit.use_cases.read_changes import place_changes, position_after
from services.credit.use_cases.webhook_refusal import (
    address_refused,
    no_key,
    region_outside,
    too_many,
    webhook_ended,
    webhook_unknown,
)
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbound import AddressPolicy, AddressRefusedError
from services.kit.principal import Principal

MOST_WEBHOOKS = 50
"""Subscriptions of one institution, one region, or of the agencies bound to neither."""


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """What a subscription is to be."""

    url: str
    description: str
    kinds: tuple[str, ...]
    region: str
    """Empty: every region its creator may read."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription and its secret in clear, which is never shown again."""

    webhook: Webhook
    secret: str


class KeepWebhooks:
    """Changes subscriptions; each belongs to the institution or region of its creator's token, or to the agencies."""

    def __init__(self, database: Database, vault: SecretVault | None, policy: AddressPolicy, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._policy = policy
        self._clock = clock

    async def create(self, plan: WebhookPlan, keeper: Principal, *, since: int | UUID | None, new: bool) -> Subscribed:
        """Make a subscription, beginning behind ``since``, or with what is stated from now on (``new``).

        Raises Forbidden for a region outside the keeper's, Malformed for a URL that must not be called, Conflict with
        too many, Unavailable without a key.
        """
        must_be_free_of_person(keeper)
        _must_lie_inside(plan.region, keeper.region)
        vault = self._sealing()
        await self._must_be_callable(plan.url)
        await place_changes(self._database)
        position = 0 if new else await position_after(self._database, since)
        webhook_id, secret, now = new_id(), secrets.token_bytes(SECRET_BYTES), self._clock.now()
        async with self._database.transaction() as session:
            held = await webhooks.count_bound(session, institution_code=keeper.institution, region=keeper.region)
            if held >= MOST_WEBHOOKS:
                raise too_many()
            made = Webhook(
                webhook_id=webhook_id,
                url=plan.url,
                description=plan.description,
                kinds=plan.kinds,
                region=plan.region,
                institution_code=keeper.institution,
                bound_region=keeper.region,
                state=WebhookState.ACTIVE,
                state_reason=None,
                state_at=now,
                secret=vault.seal(webhook_id, secret),
                secret_before=None,
                secret_before_until=None,
                position=await changes.last_position(session) if new else position,
                failures=0,
                failing_since=None,
                next_attempt_at=now,
                created_at=now,
                created_by=keeper.subject,
            )
            await webhooks.add(session, made)
        webhook_acts.add(1, {"act": "created"})
        return Subscribed(made, shown_secret(secret))

    async def change(
        self,
        webhook_id: UUID,
        keeper: Principal,
        *,
        url: str | None,
        description: str | None,
        kinds: Collection[str] | None,
        region: str | None,
        state: WebhookState | None,
    ) -> Webhook:
        """Change what is given. Active again, a subscription goes on where it stopped; raises as ``create`` does."""
        values: dict[str, Any] = {
            name: value
            for name, value in (("url", url), ("description", description), ("kinds", kinds), ("region", region))
            if value is not None
        }
        if url is not None:
            # Whose it is comes first: names are resolved for keepers only, and never while a row is held.
            await self.one(webhook_id, keeper)
            await self._must_be_callable(url)
        now = self._clock.now()
        async with self._database.transaction() as session:
            held = _owned(await webhooks.find(session, webhook_id, lock=True), keeper)
            if held.state is WebhookState.ENDED:
                raise webhook_ended()
            if region is not None:
                _must_lie_inside(region, held.bound_region)
            if state is WebhookState.PAUSED and held.state is not state:
                values |= {"state": state.value, "state_reason": StateReason.REQUESTED.value, "state_at": now}
            if state is WebhookState.ACTIVE:
                values |= {"failures": 0, "failing_since": None, "next_attempt_at": now}
                if held.state is not state:
                    values |= {"state": state.value, "state_reason": None, "state_at": now}
            changed = await webhooks.change(session, webhook_id, **values) if values else held
        if state is not None and held.state is not state:
            webhook_acts.add(1, {"act": "resumed" if state is WebhookState.ACTIVE else "paused_on_request"})
        return changed

    async def rotate(self, webhook_id: UUID, keeper: Principal, *, overlap: timedelta) -> Subscribed:
        """Give a new secret; for ``overlap`` everything is signed with the one before too. Raises NotFound."""
        vault = self._sealing()
        secret, now = secrets.token_bytes(SECRET_BYTES), self._clock.now()
        async with self._database.transaction() as session:
            held = _owned(await webhooks.find(session, webhook_id, lock=True), keeper)
            changed = await webhooks.change(
                session,
                webhook_id,
                secret=vault.seal(webhook_id, secret),
                secret_before=held.secret if overlap else None,
                secret_before_until=now + overlap if overlap else None,
            )
        webhook_acts.add(1, {"act": "secret_rotated"})
        return Subscribed(changed, shown_secret(secret))

    async def replay(self, webhook_id: UUID, keeper: Principal, *, since: int | UUID | None, event: bool) -> Webhook:
        """Send a subscription to another place of the feed: behind ``since``, or to the very ``event`` it names.

        Raises NotFound, and Conflict for a cursor ahead of the feed or a subscription that ended.
        """
        await self.one(webhook_id, keeper)
        await place_changes(self._database)
        position = await position_after(self._database, since) - (1 if event else 0)
        async with self._database.transaction() as session:
            held = _owned(await webhooks.find(session, webhook_id, lock=True), keeper)
            if held.state is WebhookState.ENDED:
                raise webhook_ended()
            now = self._clock.now()
            changed = await webhooks.change(
                session, webhook_id, position=position, failures=0, failing_since=None, next_attempt_at=now
            )
        webhook_acts.add(1, {"act": "replayed"})
        return changed

    async def remove(self, webhook_id: UUID, keeper: Principal) -> None:
        """Delete a subscription with its log; raises NotFound."""
        async with self._database.transaction() as session:
            _owned(await webhooks.find(session, webhook_id, lock=True), keeper)
            await webhooks.remove(session, webhook_id)
        webhook_acts.add(1, {"act": "deleted"})

    async def one(self, webhook_id: UUID, keeper: Principal) -> Webhook:
        """Return a subscription; raises NotFound."""
        async with self._database.reading() as session:
            return _owned(await webhooks.find(session, webhook_id), keeper)

    async def page(self, keeper: Principal, *, after: UUID | None, limit: int) -> list[Webhook]:
        """Return the keeper's subscriptions by id, those behind ``after``; raises Forbidden for a person's token."""
        must_be_free_of_person(keeper)
        async with self._database.reading() as session:
            return await webhooks.page(
                session, institution_code=keeper.institution, region=keeper.region, after=after, limit=limit
            )

    async def attempts(
        self, webhook_id: UUID, keeper: Principal, *, before: int | None, limit: int
    ) -> Sequence[WebhookAttempt]:
        """Return the log of a subscription, the newest attempt first; raises NotFound."""
        async with self._database.reading() as session:
            _owned(await webhooks.find(session, webhook_id), keeper)
            return await webhooks.attempts(session, webhook_id, before=before, limit=limit)

    def _sealing(self) -> SecretVault:
        if self._vault is None:
            raise no_key()
        return self._vault

    async def _must_be_callable(self, url: str) -> None:
        try:
            await self._policy.resolve(self._policy.read(url))
        except AddressRefusedError as error:
            raise address_refused(error) from None


def _owned(found: Webhook | None, keeper: Principal) -> Webhook:
    """Return a subscription that is the keeper's; to everybody else there is none."""
    must_be_free_of_person(keeper)
    if found is None or (keeper.institution is not None and found.institution_code != keeper.institution):
        raise webhook_unknown()
    if keeper.region is not None and (found.bound_region is None or not inside(found.bound_region, keeper.region)):
        raise webhook_unknown()
    return found


def _must_lie_inside(region: str, bound: str | None) -> None:
    if region and bound is not None and not inside(region, bound):
        raise region_outside()

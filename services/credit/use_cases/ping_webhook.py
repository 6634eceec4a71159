"""Ping a webhook: one signed test message at once, outside the feed, and what came of it."""

from dataclasses import dataclass
from uuid import UUID

from services.credit.domain.webhook import Outcome, outcome_of, signed_headers
from services.credit.storage.webhook_sealing import SecretVault
from services.credit.use_cases.change_message import message
from services.credit.use_cases.keep_webhooks import KeepWebhooks
from services.credit.use_cases.webhook_refusal import no_key
from services.kit.clock import Clock
from services.kit.ids import new_id
from services.kit.outbound import Outbound
from services.kit.principal import Principal

PING_TYPE = "credit.webhook.ping.v1"


@dataclass(frozen=True, slots=True)
class PingResult:
    """What a receiver did with a test message."""

    event_id: UUID
    outcome: Outcome
    status: int | None
    seconds: float


class PingWebhook:
    """Sends test messages; they change nothing of the subscription."""

    def __init__(self, keep: KeepWebhooks, vault: SecretVault | None, outbound: Outbound, clock: Clock) -> None:
        self._keep = keep
        self._vault = vault
        self._outbound = outbound
        self._clock = clock

    async def __call__(self, webhook_id: UUID, keeper: Principal) -> PingResult:
        """Send one and return its outcome; raises NotFound, and Unavailable without a key."""
        held = await self._keep.one(webhook_id, keeper)
        if self._vault is None:
            raise no_key()
        event_id, now = new_id(), self._clock.now()
        body = message(event_id, PING_TYPE, now, None, b"{}")
        headers = signed_headers([self._vault.open(webhook_id, held.secret)], str(event_id), now, body)
        reply = await self._outbound.post(held.url, body, {**headers, "Content-Type": "application/json"})
        outcome = Outcome(reply.problem) if reply.problem else outcome_of(reply.status or 0)
        return PingResult(event_id, outcome, reply.status, reply.seconds)

"""Webhooks: the signature, what an answer means, and when the next attempt comes."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SECRET_PREFIX = "whsec_"  # noqa: S105 - the form of a secret, not one
SECRET_BYTES = 32

_FIRST_PAUSE_SECONDS = 5
_DOUBLINGS = 10
LONGEST_PAUSE_SECONDS = 3600
"""Bound of the pause between two attempts, also of one the receiver asks for."""

JITTER = 0.25
"""Share by which a pause is longer at most, so that receivers that broke together are not asked together."""

_OK, _REDIRECT, _BAD = 200, 300, 400
_GONE = 410


class WebhookState(StrEnum):
    """Whether a subscription is served."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Keeps its place in the feed and goes on from there when it is resumed."""
    ENDED = "ended"
    """The receiver answered 410 and wants no more."""


class StateReason(StrEnum):
    """Why a subscription is not served."""

    REQUESTED = "requested"
    UNREACHABLE = "unreachable"
    GONE = "gone"


class Outcome(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    GONE = "gone"
    REFUSED = "refused"
    """An answer that is neither success nor 410."""
    REDIRECTED = "redirected"
    """Redirections are never followed."""
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    ADDRESS_REFUSED = "address_refused"
    """The name leads to an address that must not be called."""


@dataclass(frozen=True, slots=True)
class Endurance:
    """How long a failing receiver is tried before its subscription pauses; both must be reached."""

    time: timedelta
    attempts: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What a subscription knows of its receiver."""

    state: WebhookState
    reason: StateReason | None
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime


def outcome_of(status: int) -> Outcome:
    """Return what an HTTP status means for a delivery."""
    if _OK <= status < _REDIRECT:
        return Outcome.DELIVERED
    if status == _GONE:
        return Outcome.GONE
    return Outcome.REDIRECTED if _REDIRECT <= status < _BAD else Outcome.REFUSED


def pause_after(failures: int, jitter: float, asked_seconds: int | None = None) -> timedelta:
    """Return the pause after so many failures in a row: 5 s, 10 s, 20 s … an hour, and up to a quarter longer.

    ``jitter`` lies in [0, 1). A receiver that asks for a longer pause (Retry-After) gets it, up to an hour.
    """
    doubled = _FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, _DOUBLINGS)
    seconds = max(min(doubled, LONGEST_PAUSE_SECONDS), min(asked_seconds or 0, LONGEST_PAUSE_SECONDS))
    return timedelta(seconds=seconds * (1 + JITTER * jitter))


def progress_after(
    failures: int,
    failing_since: datetime | None,
    outcome: Outcome,
    *,
    now: datetime,
    endurance: Endurance,
    jitter: float,
    asked_seconds: int | None = None,
) -> Progress:
    """Return where an active subscription stands after an attempt."""
    if outcome is Outcome.DELIVERED:
        return Progress(WebhookState.ACTIVE, None, 0, None, now)
    failures, since = failures + 1, failing_since or now
    following = now + pause_after(failures, jitter, asked_seconds)
    if outcome is Outcome.GONE:
        return Progress(WebhookState.ENDED, StateReason.GONE, failures, since, following)
    if failures >= endurance.attempts and now - since >= endurance.time:
        return Progress(WebhookState.PAUSED, StateReason.UNREACHABLE, failures, since, following)
    return Progress(WebhookState.ACTIVE, None, failures, since, following)


def shown_secret(secret: bytes) -> str:
    """Return a secret as its receiver keeps it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signed_headers(secrets: Sequence[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of Standard Webhooks: id, seconds since 1970, and a signature by each secret.

    A signature is HMAC-SHA256 over ``id.timestamp.body``.
    """
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }

"""Verify what a webhook delivers: who signed it, and when."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping

import msgspec

from fundwarden_client.models import Change

TOLERANCE_SECONDS = 300
"""Age, and distance into the future, beyond which a message is taken for a replayed one."""


class WebhookInvalid(Exception):  # noqa: N818 - reads as what it says
    """The message is not signed with the secret, is too old, or is none at all."""


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str | Iterable[str],
    *,
    tolerance_seconds: int = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Change:
    """Return the event in a message, given its body as it came; raises WebhookInvalid.

    ``secret`` may be several while they change. Remember ``id`` and pass over what you have had: a message may come
    twice, never in another order than that of the feed.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = [one.removeprefix("v1,") for one in given["webhook-signature"].split() if one.startswith("v1,")]
        sent = int(timestamp)
    except (KeyError, ValueError):
        raise WebhookInvalid("headers") from None
    if abs((time.time() if now is None else now) - sent) > tolerance_seconds:
        raise WebhookInvalid("timestamp")
    signed = f"{message_id}.{timestamp}.".encode() + body
    for key in map(_key, [secret] if isinstance(secret, str) else secret):
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures):
            return _event(body)
    raise WebhookInvalid("signature")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise WebhookInvalid("secret") from None


def _event(body: bytes) -> Change:
    try:
        return msgspec.json.decode(body, type=Change)
    except msgspec.DecodeError:
        raise WebhookInvalid("body") from None

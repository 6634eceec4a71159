"""The header signature of the national gateway: ``x-tif-paasid``, ``-timestamp``, ``-nonce``, ``-signature``.

The signature is the lower-case hexadecimal sha256 of timestamp, secret, nonce and timestamp again. It covers neither
body nor path: those are protected by TLS alone, which is why a nonce counts only once.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

KEY_HEADER = "x-tif-paasid"
TIMESTAMP_HEADER = "x-tif-timestamp"
NONCE_HEADER = "x-tif-nonce"
SIGNATURE_HEADER = "x-tif-signature"

LONGEST_KEY = 64
LONGEST_NONCE = 64
_TIMESTAMP_DIGITS = 10
_SIGNATURE_CHARACTERS = 64


class SignedHeaders(NamedTuple):
    """What a caller sent to prove who it is."""

    key_id: str
    timestamp: str
    nonce: str
    signature: str

    @property
    def signed_at(self) -> datetime:
        """The instant the caller says it signed at, UTC."""
        return datetime.fromtimestamp(int(self.timestamp), UTC)

    def matches(self, secret: str) -> bool:
        """Tell, in constant time, whether the signature was made with this secret."""
        made = signature(self.timestamp, secret, self.nonce)
        return hmac.compare_digest(made.encode(), self.signature.lower().encode())

    def is_fresh(self, now: datetime, window: timedelta) -> bool:
        """Tell whether it was signed within the window around an instant."""
        return abs(now - self.signed_at) <= window


def signature(timestamp: str, secret: str, nonce: str) -> str:
    """Return the signature of one request."""
    return hashlib.sha256(f"{timestamp}{secret}{nonce}{timestamp}".encode()).hexdigest()


def signed_headers(headers: Mapping[str, str]) -> SignedHeaders | None:
    """Read the four headers; None where one is missing or has not the form it must have."""
    found = SignedHeaders(
        headers.get(KEY_HEADER, ""),
        headers.get(TIMESTAMP_HEADER, ""),
        headers.get(NONCE_HEADER, ""),
        headers.get(SIGNATURE_HEADER, ""),
    )
    sound = (
        0 < len(found.key_id) <= LONGEST_KEY
        and 0 < len(found.nonce) <= LONGEST_NONCE
        and len(found.timestamp) == _TIMESTAMP_DIGITS
        and found.timestamp.isdigit()
        and len(found.signature) == _SIGNATURE_CHARACTERS
        and all(part.isascii() and part.isprintable() for part in found)
    )
    return found if sound else None

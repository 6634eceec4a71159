"""The public keys tokens are verified with: a JWKS from a file or an address, kept and refreshed."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.kit.clock import Clock
from services.kit.errors import Unavailable

_log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(minutes=10)
"""Age at which keys are read again, so that a withdrawn key stops working."""
REFRESHED_AT_MOST_EVERY = timedelta(seconds=30)
"""Shortest time between two readings, so that made-up key ids cannot be used to flood the issuer."""
FETCH_SECONDS = 5.0
LEAST_RSA_BITS = 2048

_ALGORITHMS = {"RSA": "RS256", "OKP": "EdDSA"}


def read_keys(document: str | bytes) -> dict[str, jwt.PyJWK]:
    """Return the usable keys of a JWKS by key id; secrets, other curves and short RSA keys are passed over.

    Raises ValueError when the document is not a JWKS.
    """
    parsed = json.loads(document)
    entries = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWKS")  # noqa: TRY004 - the content is wrong, not a type
    return {key.key_id: key for entry in entries if (key := _usable(entry)) is not None and key.key_id}


def _usable(entry: Any) -> jwt.PyJWK | None:
    if not isinstance(entry, Mapping) or entry.get("use", "sig") != "sig":
        return None
    # The algorithm follows from the kind of key alone, never from what a token or the entry claims.
    algorithm = _ALGORITHMS.get(str(entry.get("kty")))
    if algorithm is None or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK.from_dict(dict(entry), algorithm)
    except jwt.PyJWTError:
        return None
    if isinstance(key.key, Ed25519PublicKey):
        return key
    return key if isinstance(key.key, RSAPublicKey) and key.key.key_size >= LEAST_RSA_BITS else None


class KeySource:
    """Keys of one JWKS, given as a file path or an ``http(s)://`` address."""

    def __init__(self, location: str, *, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._location = location
        self._clock = clock
        self._transport = transport
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._lock = asyncio.Lock()
        self.generation = 0
        """Rises whenever the keys changed, so that what was verified with the old ones can be forgotten."""

    async def refresh_if_old(self) -> None:
        """Read the keys where that was never done or too long ago; raises Unavailable (``keys_unavailable``)."""
        if self._read_at is None or self._clock.now() - self._read_at >= KEPT_FOR:
            await self._refresh()

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key with this id, reading the JWKS again when it is not known; None when it stays unknown."""
        await self.refresh_if_old()
        if key_id not in self._keys:
            await self._refresh()
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        async with self._lock:
            now = self._clock.now()
            if self._tried_at is None or now - self._tried_at >= REFRESHED_AT_MOST_EVERY:
                self._tried_at = now
                await self._read(now)
        if self._read_at is None:
            raise Unavailable(
                "keys_unavailable",
                zh="暂时无法取得验证令牌的公钥。",
                en="The keys that tokens are verified with cannot be had for now.",
                retry_after=int(REFRESHED_AT_MOST_EVERY.total_seconds()),
            )

    async def _read(self, now: datetime) -> None:
        try:
            keys = read_keys(await self._document())
        except (OSError, ValueError, httpx.HTTPError) as error:
            # Keys at hand stay good while their issuer is away.
            _log.warning("token_keys_unreadable", error=type(error).__name__, kept=len(self._keys))
            return
        if {key_id: _public(key) for key_id, key in keys.items()} != {i: _public(k) for i, k in self._keys.items()}:
            self.generation += 1
        self._keys = keys
        self._read_at = now

    async def _document(self) -> bytes:
        if self._location.startswith(("http://", "https://")):
            async with httpx.AsyncClient(transport=self._transport, timeout=FETCH_SECONDS) as client:
                answer = await client.get(self._location)
                return answer.raise_for_status().content
        return await asyncio.to_thread(Path(self._location).read_bytes)


def _public(key: jwt.PyJWK) -> str:
    return str(key.Algorithm.to_jwk(key.key))

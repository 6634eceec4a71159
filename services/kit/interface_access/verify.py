"""Verify the header signature of the national gateway, and that it is used once."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

import structlog

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Unauthenticated
from services.kit.interface_access import credentials
from services.kit.interface_access.signature import signed_headers
from services.kit.principal import Principal
from services.kit.sealing import Sealer, UnknownSealError

REMEMBERED_SECONDS = 2.0
"""A credential that was retired is refused after this at the latest."""
MOST_REMEMBERED = 4096
SCOPES = frozenset({"settlements:write"})
"""What a signature is good for."""

_NOBODY = "no secret at all"

_log = structlog.get_logger("services.kit.interface_access")


class _Known(NamedTuple):
    until: float
    institution_code: str
    secret: str


class VerifySignature:
    """Tells who signed a request; one per process, for it remembers credentials for a moment."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        *,
        window: timedelta,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._window = window
        self._monotonic = monotonic
        self._remembered: dict[str, _Known] = {}

    async def __call__(self, headers: Mapping[str, str]) -> Principal:
        """Return the institution that signed.

        Raises Unauthenticated: ``signature_malformed``, ``signature_invalid`` for a wrong signature and an unknown key
        alike, ``signature_expired`` outside of the window, ``nonce_used``.
        """
        signed = signed_headers(headers)
        if signed is None:
            raise _refused("signature_malformed", "签名头缺失或格式有误。", "The signature headers are not complete.")
        known = await self._known(signed.key_id)
        if not signed.matches(_NOBODY if known is None else known.secret) or known is None:
            raise _refused("signature_invalid", "签名无效。", "The signature is not valid.")
        if not signed.is_fresh(self._clock.now(), self._window):
            raise _refused("signature_expired", "时间戳超出允许范围。", "The timestamp is too far from the present.")
        # Only now, so that nobody without the secret can use up a nonce.
        async with self._database.transaction() as session:
            fresh = await credentials.use_nonce(
                session, signed.key_id, signed.nonce, expires_at=signed.signed_at + self._window
            )
        if not fresh:
            raise _refused("nonce_used", "随机串已使用，请重新签名。", "The nonce was used before; sign anew.")
        return Principal(
            subject=signed.key_id,
            scopes=SCOPES,
            institution=known.institution_code,
            region=None,
            practitioner=None,
            roles=frozenset(),
        )

    async def _known(self, key_id: str) -> _Known | None:
        now = self._monotonic()
        known = self._remembered.get(key_id)
        if known is not None and now < known.until:
            return known
        self._remembered.pop(key_id, None)
        async with self._database.reading() as session:
            stored = await credentials.live(session, key_id)
        if stored is None:
            return None
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        try:
            secret = self._sealer.open(stored.sealed_secret).decode()
        except UnknownSealError:
            _log.warning("credential_unreadable", key_id=key_id, institution_code=stored.institution_code)
            return None
        known = _Known(now + REMEMBERED_SECONDS, stored.institution_code, secret)
        self._remembered[key_id] = known
        return known


def _refused(code: str, zh: str, en: str) -> Unauthenticated:
    return Unauthenticated(code, zh=zh, en=en)

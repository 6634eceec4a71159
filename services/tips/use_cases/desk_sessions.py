"""Open, find and end sessions of the desk's pages."""

import hashlib
import secrets
from datetime import datetime, timedelta

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal
from services.tips.storage import desk_sessions
from services.tips.storage.desk_sessions import StoredSession

LONGEST = timedelta(hours=4)
"""A session ends after this, or with the token it was opened with, whichever comes first."""

IDLE = timedelta(minutes=20)
"""A session that is not used ends after this."""

_KEPT_ALIVE_EVERY = timedelta(minutes=1)


class DeskSessions:
    """Keeps whom a cookie stands for; a stolen database opens no session, as only digests stand in it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(self, principal: Principal, token_ends_at: datetime) -> str:
        """Return the secret of a new session, 256 bits, which is not kept."""
        now = self._clock.now()
        secret = secrets.token_urlsafe(32)
        claims = {
            "subject": principal.subject,
            "scopes": sorted(principal.scopes),
            "institution": principal.institution,
            "region": principal.region,
            "practitioner": principal.practitioner,
            "roles": sorted(principal.roles),
        }
        stored = StoredSession(_digest(secret), claims, min(token_ends_at, now + LONGEST), now + IDLE)
        async with self._database.transaction() as session:
            await desk_sessions.insert_session(session, stored)
        return secret

    async def find(self, secret: str) -> Principal | None:
        """Return whom a session stands for; None where it is unknown or over."""
        now = self._clock.now()
        async with self._database.reading() as session:
            stored = await desk_sessions.find_session(session, _digest(secret))
        if stored is None or now >= min(stored.ends_at, stored.idle_after):
            return None
        if stored.idle_after < now + IDLE - _KEPT_ALIVE_EVERY:
            async with self._database.transaction() as session:
                await desk_sessions.keep_alive(session, stored.digest, now + IDLE)
        claims = stored.claims
        return Principal(
            subject=str(claims["subject"]),
            scopes=_words(claims["scopes"]),
            institution=_text(claims["institution"]),
            region=_text(claims["region"]),
            practitioner=_text(claims["practitioner"]),
            roles=_words(claims["roles"]),
        )

    async def end(self, secret: str) -> None:
        """End a session; an unknown one is none."""
        async with self._database.transaction() as session:
            await desk_sessions.delete_session(session, _digest(secret))


def form_token(secret: str) -> str:
    """Return what every form of a session carries, so that no other site can send one in its name."""
    return hashlib.blake2b(b"desk-form", key=secret.encode(), digest_size=24).hexdigest()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _words(value: object) -> frozenset[str]:
    return frozenset(str(word) for word in value) if isinstance(value, list) else frozenset()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

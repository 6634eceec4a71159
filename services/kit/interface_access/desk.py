"""Give out, list and retire the credentials that an institution signs the national interface with."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound, Unavailable
from services.kit.interface_access import credentials
from services.kit.interface_access.credentials import StoredCredential
from services.kit.sealing import NoSealError, Sealer

MOST_LIVE = 2
"""Credentials an institution may hold at once: the one in use and the one that takes its place."""
SHORTEST_SECRET = 32
"""Characters of a secret that was made elsewhere: whoever saw one request can try secrets without asking anybody."""
_KEY_BYTES = 8
_SECRET_BYTES = 32


class GivenCredential(NamedTuple):
    """A new credential; its secret is told this once."""

    stored: StoredCredential
    secret: str


class KeyPair(NamedTuple):
    """A key that was made elsewhere, such as by the province's platform."""

    key_id: str
    secret: str


IsRegistered = Callable[[str], Awaitable[bool]]


class InterfaceCredentials:
    """Credentials of institutions at one service."""

    def __init__(self, database: Database, clock: Clock, is_registered: IsRegistered, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._is_registered = is_registered
        self._sealer = sealer

    async def give(self, institution_code: str, *, by: str, existing: KeyPair | None = None) -> GivenCredential:
        """Make a credential, or take one that was made elsewhere.

        Raises NotFound, Conflict (``credentials_two``: two are in use already; ``paasid_taken``), and Unavailable
        (``signing_off``) where the process has no secret to seal with.
        """
        await self._require_registered(institution_code)
        pair = existing or KeyPair(f"fw{secrets.token_hex(_KEY_BYTES)}", secrets.token_urlsafe(_SECRET_BYTES))
        given = StoredCredential(pair.key_id, institution_code, self._sealed(pair.secret), self._clock.now(), by, None)
        async with self._database.transaction() as session:
            await credentials.lock_institution(session, institution_code)
            held = await credentials.of_institution(session, institution_code)
            if sum(one.retired_at is None for one in held) >= MOST_LIVE:
                raise Conflict(
                    "credentials_two",
                    zh="该机构已有两个有效凭证，请先停用旧的。",
                    en="Two credentials are in use already; retire the older one first.",
                )
            if not await credentials.add(session, given):
                raise Conflict(
                    "paasid_taken",
                    zh="该 paasid 已登记，停用后也不得再用。",
                    en="This paasid is known already; it cannot be used again, not even when it was retired.",
                )
        return GivenCredential(given, pair.secret)

    async def retire(self, institution_code: str, key_id: str) -> None:
        """Retire a credential, again and again if need be; raises NotFound where the institution has none such."""
        async with self._database.transaction() as session:
            if not await credentials.retire(session, institution_code, key_id, now=self._clock.now()):
                raise NotFound("credential_unknown", zh="没有这个凭证。", en="There is no such credential.")

    async def listed(self, institution_code: str) -> Sequence[StoredCredential]:
        """Return an institution's credentials, the newest first; raises NotFound."""
        await self._require_registered(institution_code)
        async with self._database.reading() as session:
            return await credentials.of_institution(session, institution_code)

    def _sealed(self, secret: str) -> bytes:
        try:
            return self._sealer.seal(secret.encode())
        except NoSealError:
            raise Unavailable(
                "signing_off",
                zh="未配置封存密钥，不能发放签名凭证。",
                en="No secret to seal with is configured; credentials cannot be given out.",
            ) from None

    async def _require_registered(self, institution_code: str) -> None:
        if not await self._is_registered(institution_code):
            raise NotFound("institution_unknown", zh="定点医药机构未登记。", en="The institution is not registered.")

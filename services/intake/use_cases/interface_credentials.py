"""Give out, list and retire the credentials that an institution signs the national interface with."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from services.intake.storage import interface_credentials
from services.intake.storage.interface_credentials import StoredCredential
from services.intake.storage.sealing import Sealer
from services.intake.use_cases.known_institutions import KnownInstitutions
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound

MOST_LIVE = 2
"""Credentials an institution may hold at once: the one in use and the one that takes its place."""
_KEY_BYTES = 8
_SECRET_BYTES = 32


class GivenCredential(NamedTuple):
    """A new credential; its secret is told this once."""

    stored: StoredCredential
    secret: str


class InterfaceCredentials:
    """Credentials of institutions."""

    def __init__(self, database: Database, clock: Clock, known_institutions: KnownInstitutions, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._known_institutions = known_institutions
        self._sealer = sealer

    async def give(self, institution_code: str, *, by: str) -> GivenCredential:
        """Make a credential; raises NotFound, and Conflict (``credentials_two``) when two are in use already."""
        await self._require_registered(institution_code)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        given = StoredCredential(
            f"fw{secrets.token_hex(_KEY_BYTES)}",
            institution_code,
            self._sealer.seal(secret.encode()),
            self._clock.now(),
            by,
            None,
        )
        async with self._database.transaction() as session:
            await interface_credentials.lock_institution(session, institution_code)
            held = await interface_credentials.of_institution(session, institution_code)
            if sum(one.retired_at is None for one in held) >= MOST_LIVE:
                raise Conflict(
                    "credentials_two",
                    zh="该机构已有两个有效凭证，请先停用旧的。",
                    en="Two credentials are in use already; retire the older one first.",
                )
            await interface_credentials.add(session, given)
        return GivenCredential(given, secret)

    async def retire(self, institution_code: str, key_id: str) -> None:
        """Retire a credential, again and again if need be; raises NotFound where the institution has none such."""
        async with self._database.transaction() as session:
            if not await interface_credentials.retire(session, institution_code, key_id, now=self._clock.now()):
                raise NotFound("credential_unknown", zh="没有这个凭证。", en="There is no such credential.")

    async def listed(self, institution_code: str) -> Sequence[StoredCredential]:
        """Return an institution's credentials, the newest first; raises NotFound."""
        await self._require_registered(institution_code)
        async with self._database.reading() as session:
            return await interface_credentials.of_institution(session, institution_code)

    async def _require_registered(self, institution_code: str) -> None:
        if not await self._known_institutions([institution_code]):
            raise NotFound("institution_unknown", zh="定点医药机构未登记。", en="The institution is not registered.")

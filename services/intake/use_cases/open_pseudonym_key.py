"""Open the key of pseudonyms with the operators' secret, and seal it anew when the secret changes.

The key itself never changes, so a person keeps one pseudonym; what changes is the secret that it is sealed under.
"""

import secrets
from datetime import timedelta

from services.intake.storage import pseudonym_keys
from services.intake.storage.pseudonym_keys import UNKEPT, fingerprint, seal, unseal
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.pseudonym import KEY_BYTES, derive_key

_TICK = timedelta(microseconds=1)


class OpenPseudonymKey:
    """Opens the key when a process starts; nothing on the way of a settlement comes here."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, secret: str, *, former: str | None = None) -> bytes:
        """Return the key of pseudonyms; raises ValueError when neither secret opens it.

        With a ``former`` secret the key is sealed under the new one too, and both go on opening it, so that processes
        can be restarted one after the other. A process that starts without one takes away the older seals.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            await pseudonym_keys.lock(session)
            known = await pseudonym_keys.all_sealed(session)
            unkept = known.pop(UNKEPT, None) is not None
            if not known:
                # Where settlements were taken before keys were kept, theirs were made with the secret itself.
                key = derive_key(former or secret) if unkept else secrets.token_bytes(KEY_BYTES)
                await pseudonym_keys.add(session, seal(key, secret, now=now))
                await pseudonym_keys.drop(session, UNKEPT)
                return key
            if own := known.get(fingerprint(secret)):
                if former is None:
                    await pseudonym_keys.drop_older(session, own)
                return unseal(own, secret)
            if former is not None and (old := known.get(fingerprint(former))):
                key = unseal(old, former)
                # Never at the instant of the seal it replaces: the later one is the one that stays.
                later = max(now, *(one.sealed_at + _TICK for one in known.values()))
                await pseudonym_keys.add(session, seal(key, secret, now=later))
                return key
        raise ValueError(
            "the pseudonym key is sealed under another secret: FUNDWARDEN_PSEUDONYM_SECRET must be the one in use, or "
            "FUNDWARDEN_PSEUDONYM_FORMER_SECRET must hold that one while it is being replaced"
        )

"""Forget nonces of signed requests once their timestamp is refused anyway."""

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.interface_access import credentials


class ForgetNonces:
    """One turn; several processes may do it at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self) -> None:
        """Delete what no check can need."""
        async with self._database.transaction() as session:
            await credentials.forget_nonces(session, now=self._clock.now())

"""Release reversals that wait for their settlement, as soon as it is here; what is refused then waits for a person."""

import structlog

from services.intake.domain.quarantine import Viewer
from services.intake.storage import quarantine
from services.intake.use_cases.quarantine.release import ReleaseFromQuarantine, Replay
from services.kit.db import Database
from services.kit.errors import ServiceError
from services.kit.transient import is_transient

WAITED_FOR = "settlement_unknown"
"""Why such a reversal was refused at first."""
MOST_AT_ONCE = 200
BY = "fundwarden"
"""Who does it, in the history of an entry."""
WHY = "结算已到，自动放行 Its settlement has come"

_EVERYBODYS = Viewer(None, None)
_log = structlog.get_logger("services.intake.quarantine")


class ReleaseWaiting:
    """One turn; several processes may do it at once, for a release is taken once."""

    def __init__(self, database: Database, release: ReleaseFromQuarantine, replay: Replay) -> None:
        self._database = database
        self._release = release
        self._replay = replay

    async def __call__(self) -> int:
        """Release what is due; return how many were taken."""
        async with self._database.reading() as session:
            due = await quarantine.due(session, code=WAITED_FOR, limit=MOST_AT_ONCE)
        taken = 0
        for entry_id in due:
            try:
                released = await self._release(entry_id, _EVERYBODYS, self._replay, by=BY, why=WHY)
            except ServiceError:
                # A person, or another process, was quicker.
                continue
            except Exception as error:
                if is_transient(error):
                    raise
                # One that cannot be taken must not keep the others from it; it stays where it is.
                _log.warning("release_failed", entry_id=str(entry_id), error=type(error).__qualname__)
                continue
            taken += released.outcome is not None and released.outcome.taken
        return taken

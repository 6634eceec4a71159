"""Keep a tip from those whom it does not concern."""

from uuid import UUID

from services.kit.db import Database
from services.tips.domain.access import Viewer
from services.tips.storage import queue
from services.tips.use_cases.errors import no_such_tip


class CheckAccess:
    """Passes those who may see a tip: of its region and desk, and without an interest in the matter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, tip_id: UUID, viewer: Viewer) -> None:
        """Raise NotFound where somebody may not see the tip.

        A refusal would tell whoever is recused that there is a tip about an institution of theirs.
        """
        async with self._database.reading() as session:
            if not await queue.may_see(session, tip_id, viewer):
                raise no_such_tip()

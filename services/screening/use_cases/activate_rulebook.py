"""Activate a rulebook: a second person makes a draft, or an earlier rulebook, the one that is judged by."""

from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Forbidden, NotFound
from services.kit.outbox import outgoing
from services.screening import events
from services.screening.storage import rulebooks
from services.screening.storage.rulebooks import StoredRulebook


class ActivateRulebook:
    """Swaps the active rulebook; workers see it with their next batch."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, version: str, *, approver: str) -> StoredRulebook:
        """Activate a version; asking again for the active one changes nothing.

        Raises NotFound, or Forbidden (``same_person``) when the author asks: a rulebook takes two people.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            await rulebooks.lock_activation(session)
            found = await rulebooks.find(session, version, lock=True)
            if found is None:
                raise NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
            if found.author == approver:
                raise Forbidden(
                    "same_person",
                    zh="规则库须由起草人以外的人启用。",
                    en="A rulebook is activated by someone other than its author.",
                )
            if found.status == "active":
                return found
            await rulebooks.activate(session, version, approver=approver, now=now)
            activated = await rulebooks.find(session, version)
            assert activated is not None  # noqa: S101 - its row is locked
            await outbox.add(session, [outgoing(events.activated(version, now), now=now)])
            return activated

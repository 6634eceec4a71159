"""Install the rulebook a new installation begins with."""

from collections.abc import Callable, Mapping

from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import outgoing
from services.screening import events
from services.screening.domain.rulebook import parse_rulebook
from services.screening.storage import rulebooks

INSTALLER = "system"
"""Author and approver of the first rulebook: no person has drafted it, and somebody must judge from the first claim."""


class InstallRulebook:
    """Drafts and activates a rulebook where none is active; every process may run it at its start."""

    def __init__(self, database: Database, clock: Clock, load: Callable[[], Mapping[str, object]]) -> None:
        self._database = database
        self._clock = clock
        self._load = load

    async def __call__(self) -> None:
        """Install once; raises RulebookError when the document cannot be used."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            if await rulebooks.active_version(session) is not None:
                return
            await rulebooks.lock_activation(session)
            # Another process may have come first while this one waited for the lock.
            if await rulebooks.active_version(session) is not None:
                return
            document = self._load()
            version = parse_rulebook(document).version
            await rulebooks.add_draft(session, version, document, author=INSTALLER, now=now)
            await rulebooks.activate(session, version, approver=INSTALLER, now=now)
            await outbox.add(session, [outgoing(events.activated(version, now), now=now)])

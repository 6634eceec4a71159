"""Release an entry of the quarantine: its body goes through the use case that would have taken it, once."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from services.intake.domain.problem import MOST_PROBLEMS, Problem
from services.intake.domain.quarantine import Viewer
from services.intake.storage import quarantine
from services.intake.storage.quarantine import StoredEntry
from services.intake.use_cases.quarantine.correct import require_open
from services.intake.use_cases.quarantine.keep import unpack
from services.intake.use_cases.quarantine.read import required, required_body, required_to_handle
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.sealing import Sealer

GIVEN_UP = timedelta(minutes=2)
"""A release that has not ended by then was cut off; another may begin, for taking a body twice changes nothing."""


class Kept(NamedTuple):
    """What is to be taken."""

    entry: StoredEntry
    body: bytes
    """As it was last corrected."""


class Outcome(NamedTuple):
    """What the use case said."""

    taken: bool
    code: str
    """``created``, ``same``, or why it was refused again."""
    problems: Sequence[Problem] = ()
    result: dict[str, object] | None = None
    """Ids of what was made."""


class Released(NamedTuple):
    """An entry after its release, or after an attempt that was refused."""

    entry: StoredEntry
    outcome: Outcome | None
    """None where it had been released before."""


Replay = Callable[[Kept], Awaitable[Outcome]]
"""Takes a body in the way it would have been taken at first."""


class ReleaseFromQuarantine:
    """Releases; of two who do so at once one is told that the other is at it, and afterwards both get one result."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer

    async def __call__(self, entry_id: UUID, viewer: Viewer, replay: Replay, *, by: str, why: str) -> Released:
        """Release; raises NotFound, Gone, Conflict."""
        kept = await self._claim(entry_id, viewer)
        if isinstance(kept, StoredEntry):
            return Released(kept, None)
        try:
            outcome = await replay(kept)
        except BaseException:
            await self._give_back(entry_id)
            raise
        async with self._database.transaction() as session:
            now = self._clock.now()
            result = {"code": outcome.code, **(outcome.result or {})}
            await quarantine.set_state(
                session,
                entry_id,
                "released" if outcome.taken else "open",
                now=now,
                result=result if outcome.taken else None,
                problems=None if outcome.taken else _encoded(outcome.problems),
                code=None if outcome.taken else outcome.code,
            )
            action = "released" if outcome.taken else "release_refused"
            await quarantine.note(session, entry_id, action, by=by, now=now, why=why, code=outcome.code)
            entry = required(await quarantine.find(session, entry_id), viewer)
        return Released(entry, outcome)

    async def _claim(self, entry_id: UUID, viewer: Viewer) -> Kept | StoredEntry:
        """Return the body, the entry being marked as in hand; the entry alone where it was released before."""
        async with self._database.transaction() as session:
            entry = required_to_handle(await quarantine.find(session, entry_id, lock=True), viewer)
            if entry.state == "released":
                return entry
            now = self._clock.now()
            if not (entry.state == "releasing" and entry.changed_at < now - GIVEN_UP):
                require_open(entry)
            sealed, corrected = await quarantine.bodies(session, entry_id)
            body = unpack(corrected or required_body(sealed), self._sealer)
            await quarantine.set_state(session, entry_id, "releasing", now=now)
            return Kept(entry, body)

    async def _give_back(self, entry_id: UUID) -> None:
        async with self._database.transaction() as session:
            entry = await quarantine.find(session, entry_id, lock=True)
            if entry is not None and entry.state == "releasing":
                await quarantine.set_state(session, entry_id, "open", now=self._clock.now())


def _encoded(problems: Sequence[Problem]) -> str:
    return msgspec.json.encode(list(problems[:MOST_PROBLEMS])).decode()

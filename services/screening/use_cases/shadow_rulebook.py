"""Let a validated rulebook judge in the shadow of the active one, end that, and read what it found."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound
from services.screening.storage import held_findings, history_fills, rulebook_life, rulebooks
from services.screening.storage.held_findings import ShadowTally
from services.screening.storage.rulebook_life import Step
from services.screening.storage.rulebooks import StoredRulebook

SETTLING = timedelta(minutes=2)
"""After this every worker judges by, and remembers for, a rulebook that was just put in place."""


class ShadowRulebook:
    """One rulebook at a time is in the shadow; nothing it finds is sent."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def enter(self, version: str, *, by: str) -> StoredRulebook:
        """Begin; what an earlier trial of this version found is dropped. Raises NotFound or Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            await rulebooks.lock_activation(session)
            found = await rulebooks.find(session, version, lock=True)
            if found is None:
                raise _unknown()
            if found.status == "shadow":
                return found
            if found.status != "validated":
                raise Conflict(
                    "rulebook_not_validated",
                    zh="规则库未通过校验，不能试运行。",
                    en="The rulebook has not passed validation and cannot run in the shadow.",
                )
            other = (await rulebooks.standing(session)).shadow
            if other is not None:
                raise Conflict(
                    "shadow_taken",
                    zh=f"版本{other.version}正在试运行，同一时间只能有一个。",
                    en=f"Version {other.version} is in the shadow; there can be one at a time.",
                )
            await held_findings.forget_shadow(session, version)
            await rulebook_life.enter_shadow(session, version, now=now)
            await history_fills.ask(session, version, not_before=now + SETTLING, until=now + SETTLING)
            await rulebook_life.add_step(session, version, Step("shadow", now, by))
            return await _again(session, version)

    async def leave(self, version: str, *, by: str) -> StoredRulebook:
        """End the trial; the rulebook stays validated, and what it found can be read. Raises NotFound or Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            await rulebooks.lock_activation(session)
            found = await rulebooks.find(session, version, lock=True)
            if found is None:
                raise _unknown()
            if found.status == "shadow":
                await rulebook_life.leave_shadow(session, version)
                await rulebook_life.add_step(session, version, Step("left_shadow", now, by))
            return await _again(session, version)

    async def tallies(self, version: str) -> Sequence[ShadowTally]:
        """Return what a version found beside the active one, by rule; raises NotFound."""
        async with self._database.reading() as session:
            if await rulebooks.find(session, version) is None:
                raise _unknown()
            return await held_findings.tallies(session, version)


async def _again(session: AsyncSession, version: str) -> StoredRulebook:
    found = await rulebooks.find(session, version)
    assert found is not None  # noqa: S101 - its row is locked
    return found


def _unknown() -> NotFound:
    return NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")

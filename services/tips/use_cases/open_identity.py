"""Open a sealed identity: one officer asks, another approves, one of them receives it, and the reporter is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound, Unavailable
from services.tips.domain.identity_opening import (
    Category,
    Opening,
    OpeningState,
    decide,
    release,
    require_uninvolved,
)
from services.tips.domain.tip import Tip
from services.tips.storage import handling_log, identity_openings, tips
from services.tips.storage.sealing import Sealer, TeamReader, Unreadable
from services.tips.storage.tips import SealedTip
from services.tips.use_cases.errors import as_conflict, no_such_tip
from services.tips.use_cases.handling import locked_tip, log_step

_OPENING_STEPS = frozenset({"identity_requested", "identity_approved", "identity_refused", "identity_released"})
_NOBODY = frozenset({"reporter", "retention"})


@dataclass(frozen=True, slots=True, repr=False)
class OpeningWithReason:
    """An opening and the words of its reason; None once the tip is erased, or where this process cannot read."""

    opening: Opening
    reason: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ReleasedIdentity:
    """What an officer takes to the machine that has the private key."""

    opening: Opening
    key_id: str | None
    """Which officer's key opens it."""
    sealed: bytes


class OpenIdentity:
    """Takes the outer layer off an identity once two officers who have not handled the tip agree."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer, reader: TeamReader) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._reader = reader

    async def request(self, tip_id: UUID, category: Category, reason: str, *, by: str) -> Opening:
        """Ask for an identity; raises NotFound, and Conflict where there is none or the officer handled the tip."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, sealed = await self._named(session, tip_id, by)
            opening = Opening(uuid4(), tip_id, OpeningState.REQUESTED, category, by, now)
            await identity_openings.insert_opening(
                session, opening, self._sealer.for_team(reason.encode(), sealed.keys)
            )
            await self._log(session, tip, "identity_requested", opening, by, now)
        return opening

    async def decide(self, tip_id: UUID, opening_id: UUID, *, approve: bool, by: str) -> Opening:
        """Approve or refuse a request of another officer; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, _ = await self._named(session, tip_id, by)
            opening = await _opening(session, tip_id, opening_id)
            with as_conflict():
                decided = decide(opening, approve=approve, by=by, now=now)
            if decided is not opening:
                await identity_openings.update_opening(session, decided)
                action = "identity_approved" if approve else "identity_refused"
                await self._log(session, tip, action, decided, by, now)
        return decided

    async def release(self, tip_id: UUID, opening_id: UUID, *, by: str) -> ReleasedIdentity:
        """Hand out the identity, still sealed for the officer's key; every time is logged.

        Raises NotFound, Conflict before the approval and after it has lapsed, and Unavailable without the team's key.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, sealed = await self._named(session, tip_id, by)
            opening = await _opening(session, tip_id, opening_id)
            with as_conflict():
                released = release(opening, by=by, now=now)
            try:
                blob = self._reader.open(sealed.keys).identity_for_officer(sealed.identity or b"")
            except Unreadable as error:
                raise _unreadable() from error
            if released is not opening:
                await identity_openings.update_opening(session, released)
            await self._log(session, tip, "identity_released", released, by, now)
        return ReleasedIdentity(released, sealed.identity_key_id, blob)

    async def list(self, tip_id: UUID) -> Sequence[OpeningWithReason]:
        """Return the openings of a tip with their reasons; raises NotFound."""
        async with self._database.reading() as session:
            if await tips.find_tip(session, tip_id) is None:
                raise no_such_tip()
            sealed = await tips.find_sealed(session, tip_id)
            openings = await identity_openings.list_openings(session, tip_id)
        if sealed is None or not self._reader.can_read:
            return [OpeningWithReason(opening, None) for opening, _ in openings]
        try:
            opened = self._reader.open(sealed.keys)
            return [
                OpeningWithReason(opening, opened.message(reason) if reason else None) for opening, reason in openings
            ]
        except Unreadable as error:
            raise _unreadable() from error

    async def keys(self) -> dict[str | None, int]:
        """Return how many identities are sealed for each officer's key, by key id."""
        async with self._database.reading() as session:
            return await identity_openings.count_by_officer_key(session)

    async def _named(self, session: AsyncSession, tip_id: UUID, officer: str) -> tuple[Tip, SealedTip]:
        tip = await locked_tip(session, tip_id)
        sealed = await tips.find_sealed(session, tip_id)
        if sealed is None or sealed.identity is None:
            raise Conflict("no_identity", zh="该举报没有身份信息。", en="This tip has no identity.")
        steps = await handling_log.list_for_tip(session, tip_id)
        handlers = {step.actor for step in steps if step.action not in _OPENING_STEPS} - _NOBODY
        with as_conflict():
            require_uninvolved(officer, handlers)
        return tip, sealed

    @staticmethod
    async def _log(session: AsyncSession, tip: Tip, action: str, opening: Opening, by: str, now: datetime) -> None:
        details = {"opening": str(opening.id), "category": opening.category.value}
        await log_step(session, tip, action, by=by, now=now, details=details)


async def _opening(session: AsyncSession, tip_id: UUID, opening_id: UUID) -> Opening:
    found = await identity_openings.find_opening(session, opening_id)
    if found is None or found[0].tip_id != tip_id:
        raise NotFound("opening_unknown", zh="没有这项申请。", en="There is no such request.")
    return found[0]


def _unreadable() -> Unavailable:
    return Unavailable(
        "tip_unreadable", zh="本进程的密钥无法解开该举报。", en="The key of this process does not open this tip."
    )

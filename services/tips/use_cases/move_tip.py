"""Pass a tip on to another region, send it back, or designate who handles it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips.domain.deadline import add_working_days
from services.tips.domain.due import DeadlineKind
from services.tips.domain.jurisdiction import (
    AGREE_WORKING_DAYS,
    Move,
    Transfer,
    TransferReason,
    designate,
    send_back,
    transfer,
)
from services.tips.domain.tip import Tip
from services.tips.storage import deadlines, transfers
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_matter, log_step, store_matter


class MoveTip:
    """Moves a tip with all that follow it; the time to verify runs on."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def transfer(self, tip_id: UUID, to_region: str, reason: TransferReason, *, by: str) -> Tip:
        """Pass the tip to the department at the place of the act; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            moves = await transfers.list_moves(session, tip_id)
            with as_conflict():
                transfer(tip, moves, to_region)
            move = _move(tip, moves, Move.TRANSFER, to_region, reason, by, now)
            return await self._store(session, tip, followers, move)

    async def send_back(self, tip_id: UUID, reason: TransferReason, *, by: str) -> Tip:
        """Return the tip to where it came from, which opens seven working days to agree; raises NotFound, Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            moves = await transfers.list_moves(session, tip_id)
            with as_conflict():
                to_region = send_back(tip, moves)
            due_on = add_working_days(business_date(now), AGREE_WORKING_DAYS, self._is_working_day)
            await deadlines.set_deadline(session, tip_id, DeadlineKind.JURISDICTION, due_on)
            move = _move(tip, moves, Move.RETURN, to_region, reason, by, now)
            return await self._store(session, tip, followers, move)

    async def designate(
        self, tip_id: UUID, to_region: str, reason: TransferReason, *, by: str, superior: str | None
    ) -> Tip:
        """Say as the common superior who handles the tip; raises NotFound, and Conflict for anybody else."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            with as_conflict():
                designate(tip, to_region, superior=superior)
            moves = await transfers.list_moves(session, tip_id)
            await deadlines.meet(session, [tip_id], DeadlineKind.JURISDICTION, business_date(now))
            move = _move(tip, moves, Move.DESIGNATION, to_region, reason, by, now)
            return await self._store(session, tip, followers, move)

    @staticmethod
    async def _store(session: AsyncSession, tip: Tip, followers: list[Tip], move: Transfer) -> Tip:
        moved = replace(tip, region=move.to_region, desk=None)
        await store_matter(session, moved, followers)
        await transfers.add_move(session, move)
        details = {"from_region": move.from_region, "to_region": move.to_region, "reason": move.reason.value}
        await log_step(
            session, tip, f"moved_by_{move.kind.value}", by=move.moved_by, now=move.moved_at, details=details
        )
        return moved


def _move(
    tip: Tip, moves: list[Transfer], kind: Move, to_region: str | None, reason: TransferReason, by: str, now: datetime
) -> Transfer:
    return Transfer(
        tip_id=tip.id,
        number=len(moves) + 1,
        kind=kind,
        from_region=tip.region,
        to_region=to_region,
        reason=reason,
        moved_at=now,
        moved_by=by,
    )

"""What every step of the handling does: lock the matter, change its tips and deadlines, log the step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import business_date
from services.tips import telemetry
from services.tips.domain.deadline import add_working_days
from services.tips.domain.due import DeadlineKind
from services.tips.domain.matter import follow, next_lead
from services.tips.domain.tip import TELL_WORKING_DAYS, Status, Tip
from services.tips.storage import deadlines, handling_log, matters, tips
from services.tips.use_cases.errors import no_such_tip

Details = Mapping[str, str | int | bool | None]
"""What the log keeps of a step: ids, codes and amounts."""


async def locked_tip(session: AsyncSession, tip_id: UUID) -> Tip:
    """Return a tip, locked for this transaction; raises NotFound."""
    tip = await tips.find_tip(session, tip_id, lock=True)
    if tip is None:
        raise no_such_tip()
    return tip


async def locked_with_lead(session: AsyncSession, tip_id: UUID) -> Tip:
    """Return a tip, locked together with the one it follows, on whose ledger its reward depends; raises NotFound."""
    tip = await tips.find_tip(session, tip_id)
    if tip is None:
        raise no_such_tip()
    return (await matters.lock_all(session, {tip_id, tip.merged_into or tip_id}))[tip_id]


async def locked_matter(session: AsyncSession, tip_id: UUID) -> tuple[Tip, list[Tip]]:
    """Return a tip and the tips that follow it, locked for this transaction; raises NotFound."""
    tip, followers = await matters.lock_matter(session, tip_id)
    if tip is None:
        raise no_such_tip()
    return tip, followers


async def store_matter(session: AsyncSession, lead: Tip, followers: Sequence[Tip]) -> list[Tip]:
    """Store a changed tip and bring its followers to where it stands; return all of them, the lead first."""
    await tips.update_tip(session, lead)
    moved = [follow(tip, lead) for tip in followers]
    for before, after in zip(followers, moved, strict=True):
        if after != before:
            await tips.update_tip(session, after)
    return [lead, *moved]


async def hand_over(session: AsyncSession, lead: Tip, followers: Sequence[Tip]) -> None:
    """Let the follower that arrived first lead the others, as its own lead was ended by its reporter."""
    following = [tip for tip in followers if tip.open]
    arrived = await matters.arrival(session, [tip.id for tip in following])
    successor = next_lead([tip.id for tip in following], arrived)
    for tip in followers:
        leads = None if tip.id == successor or successor is None else successor
        await tips.update_tip(session, replace(tip, merged_into=leads))
    if successor is not None and lead.due_on is not None:
        await deadlines.set_deadline(session, successor, DeadlineKind.VERIFY, lead.due_on)


async def note_decision(
    session: AsyncSession, decided: Sequence[Tip], *, now: datetime, is_working_day: Callable[[date], bool]
) -> None:
    """Close the time to verify of a decided matter, and open the time to tell each named reporter."""
    today = business_date(now)
    ids = [tip.id for tip in decided]
    for kind in (DeadlineKind.VERIFY, DeadlineKind.JURISDICTION):
        await deadlines.meet(session, ids, kind, today)
    for tip in decided:
        if tip.named and tip.withdrawn_on is None and tip.status is not Status.WITHDRAWN:
            due_on = add_working_days(today, TELL_WORKING_DAYS, is_working_day)
            await deadlines.set_deadline(session, tip.id, DeadlineKind.TELL, due_on)


async def log_step(
    session: AsyncSession,
    tip: Tip,
    action: str,
    *,
    by: str,
    now: datetime,
    details: Details | None = None,
) -> None:
    """Add a step to the handling log and count it; after every other lock, as the log is one chain for all tips."""
    await handling_log.append(session, tip.id, at=now, actor=by, action=action, details=details)
    telemetry.STEPS.add(1, {"action": action})

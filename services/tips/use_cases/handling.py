"""What every step of the handling does: lock the tip, change it, log the step."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.tips import telemetry
from services.tips.domain.tip import Tip
from services.tips.storage import handling_log, tips
from services.tips.use_cases.errors import no_such_tip

Details = Mapping[str, str | int | bool | None]
"""What the log keeps of a step: ids, codes and amounts."""


async def locked_tip(session: AsyncSession, tip_id: UUID) -> Tip:
    """Return a tip, locked for this transaction; raises NotFound."""
    tip = await tips.find_tip(session, tip_id, lock=True)
    if tip is None:
        raise no_such_tip()
    return tip


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

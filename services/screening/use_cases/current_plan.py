"""The compiled plan of the active rulebook, kept between batches and swapped when another is activated."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.errors import TransientError
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.rulebook import parse_rulebook
from services.screening.storage import rulebooks


class CurrentPlan:
    """One per process; every batch asks it inside its own transaction, so that a swap needs no restart."""

    def __init__(self) -> None:
        self._plan: Plan | None = None

    async def __call__(self, session: AsyncSession) -> Plan:
        """Return the plan of the rulebook that is active now; raises TransientError while none is."""
        version = await rulebooks.active_version(session)
        if version is None:
            raise TransientError("no rulebook is active")
        plan = self._plan
        if plan is None or plan.version != version:
            plan = compile_plan(parse_rulebook(await rulebooks.content(session, version)))
            self._plan = plan
        return plan

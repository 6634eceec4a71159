"""Record settlement lists and look at their settlements again: many rules can be judged only with the list."""

from collections.abc import Sequence

from services.contracts.intake import SettlementListFiled
from services.kit import inbox
from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.kit.inbox import Event
from services.screening.storage import filed_lists
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.look_again import Changes, look_again


class RecordLists:
    """Keeps the list that stands for each settlement, whichever of the two comes first."""

    def __init__(self, database: Database, clock: Clock, current_plan: CurrentPlan) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan

    async def __call__(self, events: Sequence[Event[SettlementListFiled]]) -> None:
        """Handle a run of lists in one transaction."""
        changes = Changes()
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            if not claimed:
                return
            connection = await driver(session)
            known = await filed_lists.store(connection, [event.data for event in claimed])
            plan = await self._current_plan(session)
            if plan.reads_lists:
                now = self._clock.now()
                changes = await look_again(session, plan, known, now=now, cause=claimed[0].traceparent)
        changes.count()

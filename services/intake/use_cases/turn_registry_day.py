"""State, once a day, what the calendar changed in the registry: entries that began to hold or ceased to."""

from collections import Counter

from services.intake import telemetry
from services.intake.storage import registry
from services.intake.use_cases.registry_facts import fact_of
from services.kit import outbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.outbox import outgoing


class TurnRegistryDay:
    """Keeps what other services hold of the present true when nobody changes anything."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self) -> int:
        """Return how many facts were stated; asked again on the same day it does nothing."""
        now = self._clock.now()
        today = business_date(now)
        async with self._database.transaction() as session:
            await registry.one_at_a_time(session)
            turning = await registry.turn_day(session, today)
            periods = await registry.periods_of(session, turning)
            said = await registry.statements_of(session, [key for key in turning if key[0] == "insured_person"])
            facts = [
                outgoing(fact, now=now)
                for key in sorted(turning)
                if (fact := fact_of(key, periods[key], [one.statement for one in said.get(key, ())], today)) is not None
            ]
            await outbox.add(session, facts)
        for kind, number in Counter(kind for kind, _ in turning).items():
            telemetry.REGISTRY_CHANGES.add(number, {"service": "intake", "kind": kind})
        return len(facts)

"""Keep what the registry states of insured persons; a death made known or corrected moves what was concluded."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.intake import InsuredPersonChanged
from services.kit import inbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database, driver
from services.kit.inbox import Event
from services.screening.domain.prior import Death
from services.screening.storage import claims, deaths, registry
from services.screening.storage.registry import Stated
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.look_again import Changes, look_again

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(InsuredPersonChanged).decode

Moved = Mapping[str, tuple[Death | None, Death | None]]
"""By person, what was known of a death and what is now."""


class KeepPersons:
    """Keeps the newest fact of each person, and judges anew what was charged after a death that is known only now."""

    def __init__(self, database: Database, clock: Clock, current_plan: CurrentPlan, *, late_days: int) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan
        self._late = timedelta(days=late_days)

    async def __call__(self, events: Sequence[Event[InsuredPersonChanged]]) -> None:
        """Keep what a run of facts states, in one transaction."""
        now = self._clock.now()
        changes = Changes()
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            stated = [
                Stated("insured_person", event.data.insured_ref, event.time, _encode(event.data).decode())
                for event in claimed
            ]
            # Locks the entries: what is read of a person's death below is what the fact before this one left.
            kept = await registry.keep(session, stated)
            connection = await driver(session)
            moved = await _moved(connection, [_decode(one.entry) for one in kept])
            if moved:
                await deaths.hold_alone(connection)
                await deaths.replace(connection, {person: after for person, (_, after) in moved.items()})
                plan = await self._current_plan(session)
                if plan.checks_deaths:
                    ground = await _charged_after(connection, moved)
                    changes = await look_again(
                        session,
                        plan,
                        ground,
                        now=now,
                        cause=claimed[0].traceparent,
                        remembered_since=now - self._late,
                    )
        changes.count()


def death_of(person: InsuredPersonChanged) -> Death | None:
    """Return the death of a person by the latest word on it, None for somebody alive.

    That is the word of the last period, whatever days it speaks about: a death is entered after it happened, and holds
    for the days before it was entered as well.
    """
    if not person.periods:
        return None
    last = person.periods[-1]
    if last.death_date is None:
        return None
    return Death(person.insured_ref, last.death_date, last.death_source, last.death_stated_at)


async def _moved(connection: asyncpg.Connection, persons: Sequence[InsuredPersonChanged]) -> Moved:
    known = {one.insured_ref: one for one in await deaths.read(connection, [one.insured_ref for one in persons])}
    found = {one.insured_ref: (known.get(one.insured_ref), death_of(one)) for one in persons}
    return {person: (before, after) for person, (before, after) in found.items() if before != after}


async def _charged_after(connection: asyncpg.Connection, moved: Moved) -> list[UUID]:
    """Return the settlements with a fee charged after a death, as it was known or as it is known now."""
    since: dict[str, date] = {
        person: min(one.died_on for one in pair if one is not None) for person, pair in moved.items()
    }
    of_persons = await deaths.settlements_of(connection, list(since))
    refs = [ref for known in of_persons.values() for ref in known]
    return [
        claim.settlement_ref
        for claim in await claims.of_settlements(connection, refs)
        if any(business_date(line.charged_at) > since[claim.insured_ref] for line in claim.lines)
    ]

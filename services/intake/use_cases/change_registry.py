"""Change the registry: write what is posted, and state what thereby changed."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import events, telemetry
from services.intake.domain.problem import Problem
from services.intake.domain.registry import Institution, Practitioner
from services.intake.storage import institutions, practitioners
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import outgoing

Status = Literal["created", "changed", "same", "rejected"]


class Entry(NamedTuple):
    """What became of one posted entry."""

    status: Status
    problems: Sequence[Problem] = ()


async def _one_at_a_time(session: AsyncSession) -> None:
    """Let registry changes wait for each other, so that facts leave in the order in which entries were written."""
    await session.execute(sa.text("select pg_advisory_xact_lock(hashtext('intake.registry'))"))


class ChangeInstitutions:
    """Writes institutions; a fact is stated only where it reads differently from the last one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, posted: Sequence[Institution]) -> list[Entry]:
        """Return an answer for each, in order; the last entry of a code counts."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            await _one_at_a_time(session)
            known = await institutions.find(session, {one.code for one in posted})
            answers, changed, facts = [], {}, []
            for one in posted:
                if problems := one.problems():
                    answers.append(Entry("rejected", problems))
                    continue
                before = known.get(one.code)
                answers.append(Entry(_status(before, one)))
                if before != one:
                    known[one.code] = changed[one.code] = one
                    fact = events.institution_changed(one)
                    if before is None or events.institution_changed(before) != fact:
                        facts.append(outgoing(fact, now=now))
            if changed:
                await institutions.save(session, list(changed.values()), now=now)
            await outbox.add(session, facts)
        telemetry.REGISTRY_CHANGES.add(len(facts), {"service": "intake", "kind": "institution"})
        return answers


class ChangePractitioners:
    """Writes practitioners; a fact is stated only where it reads differently from the last one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, posted: Sequence[Practitioner]) -> list[Entry]:
        """Return an answer for each, in order; the last entry of a code counts."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            await _one_at_a_time(session)
            known = await practitioners.find(session, {one.code for one in posted})
            answers, changed, facts = [], {}, []
            for one in posted:
                if problems := one.problems():
                    answers.append(Entry("rejected", problems))
                    continue
                before = known.get(one.code)
                answers.append(Entry(_status(before, one)))
                if before != one:
                    known[one.code] = changed[one.code] = one
                    fact = events.practitioner_changed(one)
                    if before is None or events.practitioner_changed(before) != fact:
                        facts.append(outgoing(fact, now=now))
            if changed:
                await practitioners.save(session, list(changed.values()), now=now)
            await outbox.add(session, facts)
        telemetry.REGISTRY_CHANGES.add(len(facts), {"service": "intake", "kind": "practitioner"})
        return answers


def _status(before: object | None, after: object) -> Status:
    if before is None:
        return "created"
    return "same" if before == after else "changed"

"""Change the registry: add what is declared to what was said before, derive what holds when, state what changed."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import telemetry
from services.intake.domain.effective import Fields, Statement, resolve
from services.intake.domain.problem import Problem
from services.intake.domain.registry import Institution, Practitioner
from services.intake.domain.registry_fields import (
    Declaration,
    Key,
    agreement_differs_from,
    effective_since,
    institution_fields,
    periods_of,
    practitioner_fields,
)
from services.intake.storage import registry
from services.intake.use_cases.registry_facts import fact_of
from services.kit import outbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbox import outgoing

Status = Literal["created", "changed", "same", "rejected"]

_TICK = timedelta(microseconds=1)
UNNAMED_SOURCE = "registry"
"""Source of what is declared without one where no caller is known."""


class Entry(NamedTuple):
    """What became of one declared entry."""

    status: Status
    problems: Sequence[Problem] = ()


Beside = Callable[[AsyncSession, Sequence[Entry]], Awaitable[None]]
"""What is done with the answers of a chunk in the transaction that records it."""


class Recorded(NamedTuple):
    """What became of declarations in a transaction that has yet to end."""

    answers: list[Entry]
    changed: list[Key]


class _Object:
    """One object of the registry while a request is in hand."""

    __slots__ = ("before", "key", "new", "said_before", "statements")

    def __init__(self, key: Key, statements: list[Statement]) -> None:
        self.key = key
        self.statements = statements
        self.said_before = tuple(statements)
        self.before = periods_of(key[0], statements)
        self.new: list[tuple[UUID, Statement]] = []

    def declare(self, declared: Declaration, source: str, now: datetime) -> Status:
        """Add a declaration unless it says what is said already."""
        today = business_date(now)
        new = not self.statements
        since = effective_since(declared, today, new=new)
        if not new and self._says_so(declared, source, since, today):
            return "same"
        if not new and declared.effective_from is None and declared.kind == "institution":
            self._date_agreement(declared, source, now, today)
        self._add(declared, source, now, since, declared.fields)
        return "created" if new else "changed"

    def _add(self, declared: Declaration, source: str, now: datetime, since: date, fields: Fields) -> None:
        # What is said later counts among equals, so no two that bear our instant bear the same.
        stated_at = declared.stated_at or max([now, *(one.stated_at + _TICK for one in self.statements)])
        statement = Statement(source, stated_at, since, declared.effective_until, fields)
        self.statements.append(statement)
        self.new.append((new_id(), statement))

    def _date_agreement(self, declared: Declaration, source: str, now: datetime, today: date) -> None:
        """Say of an agreement that ended, or was prolonged, in the past that it did so then and not today."""
        present = [one.fields for one in resolve(self.statements) if one.holds_on(today)]
        since = agreement_differs_from(present[0], declared.fields) if present else None
        if since is not None and since < today:
            dates = {name: value for name, value in declared.fields.items() if name in _AGREEMENT}
            self._add(declared, source, now, since, dates)

    def _says_so(self, declared: Declaration, source: str, since: date, today: date) -> bool:
        if declared.effective_from is None and declared.effective_until is None:
            # Said without dates it is about the present, whoever said it before; as it was said, not as it is read.
            now = [one.fields for one in resolve(self.statements) if one.holds_on(today)]
            return bool(now) and all(now[0].get(name, _MISSING) == value for name, value in declared.fields.items())
        said = (source, since, declared.effective_until, declared.fields)
        about = [
            one for one in self.statements if one.effective_from == since and one.fields.keys() & declared.fields.keys()
        ]
        if not about:
            return False
        last = max(about, key=lambda one: one.stated_at)
        return said == (last.source, last.effective_from, last.effective_until, last.fields)


_MISSING = object()
_AGREEMENT = frozenset({"agreement_from", "agreement_until"})


class ChangeRegistry:
    """Records what sources declare; a fact is stated only where an object reads differently from the last one."""

    def __init__(self, database: Database, clock: Clock, *, forget: Callable[[Sequence[Key]], None]) -> None:
        self._database = database
        self._clock = clock
        self._forget = forget

    async def __call__(
        self,
        declared: Sequence[Declaration],
        *,
        source: str,
        said_at: datetime | None = None,
        beside: Beside | None = None,
    ) -> list[Entry]:
        """Return an answer for each, in order; ``source`` says what is declared without a source.

        ``said_at`` is when it came, for what waited with us: what was said since is later news. ``beside`` is done in
        the same transaction, with the answers.
        """
        async with self._database.transaction() as session:
            recorded = await self.within(session, declared, source=source, said_at=said_at)
            if beside is not None:
                await beside(session, recorded.answers)
        self.ended(recorded)
        return recorded.answers

    async def within(
        self, session: AsyncSession, declared: Sequence[Declaration], *, source: str, said_at: datetime | None = None
    ) -> Recorded:
        """Record declarations in a transaction of the caller's; `ended` is due when that is committed."""
        now = self._clock.now()
        answers: list[Entry] = []
        await registry.one_at_a_time(session)
        known = await registry.statements_of(session, {(one.kind, one.code) for one in declared})
        objects: dict[Key, _Object] = {}
        for one in declared:
            if wrong := one.checked(now):
                answers.append(Entry("rejected", wrong))
                continue
            key = (one.kind, one.code)
            if key not in objects:
                objects[key] = _Object(key, [said.statement for said in known.get(key, ())])
            if said_at is not None:
                one = one._replace(stated_at=one.stated_at or said_at + _TICK)  # noqa: PLW2901
            answers.append(Entry(objects[key].declare(one, one.source or source, said_at or now)))
        changed = [one for one in objects.values() if one.new]
        if changed:
            await self._record(session, changed, now)
        return Recorded(answers, [one.key for one in changed])

    def ended(self, recorded: Recorded) -> None:
        """Forget what was remembered of the objects that changed, and count them."""
        self._forget(recorded.changed)
        for kind, number in Counter(key[0] for key in recorded.changed).items():
            telemetry.REGISTRY_CHANGES.add(number, {"service": "intake", "kind": kind})

    @staticmethod
    async def _record(session: AsyncSession, changed: Sequence[_Object], now: datetime) -> None:
        today = business_date(now)
        said = [(one.key, identity, statement) for one in changed for identity, statement in one.new]
        await registry.add(session, said, now=now)
        derived = {one.key: periods_of(one.key[0], one.statements) for one in changed}
        await registry.write_periods(session, derived)
        facts = []
        for one in changed:
            fact = fact_of(one.key, derived[one.key], one.statements, today)
            if fact is not None and fact != fact_of(one.key, one.before, one.said_before, today):
                facts.append(outgoing(fact, now=now))
        await outbox.add(session, facts)


class ChangeInstitutions:
    """Writes whole entries of institutions, effective from today or from their agreement."""

    def __init__(self, change: ChangeRegistry, *, source: str = UNNAMED_SOURCE) -> None:
        self._change = change
        self._source = source

    async def __call__(self, posted: Sequence[Institution]) -> list[Entry]:
        """Return an answer for each, in order."""
        return await self._change([declared_institution(one) for one in posted], source=self._source)


class ChangePractitioners:
    """Writes whole entries of practitioners, effective from today or, when new, since always."""

    def __init__(self, change: ChangeRegistry, *, source: str = UNNAMED_SOURCE) -> None:
        self._change = change
        self._source = source

    async def __call__(self, posted: Sequence[Practitioner]) -> list[Entry]:
        """Return an answer for each, in order."""
        return await self._change([declared_practitioner(one) for one in posted], source=self._source)


def declared_institution(one: Institution) -> Declaration:
    """Declare a whole entry of an institution."""
    return Declaration("institution", one.code, institution_fields(one), problems=one.problems())


def declared_practitioner(one: Practitioner) -> Declaration:
    """Declare a whole entry of a practitioner."""
    return Declaration("practitioner", one.code, practitioner_fields(one), problems=one.problems())

"""Read the registry: what holds, what held on a day, by which source, and all that was ever said."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from services.intake.domain import registry_fields
from services.intake.domain.effective import Fields, Period
from services.intake.domain.insured_person import InsuredPerson
from services.intake.domain.registration import Department, department_ref
from services.intake.domain.registry import Institution, Measure, Practitioner, Standing, standing_at
from services.intake.domain.registry_fields import Key, Kind
from services.intake.storage import practitioners, registry
from services.intake.storage.registry import Recorded
from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.kit.errors import NotFound

T = TypeVar("T")

_UNKNOWN: dict[Kind, tuple[str, str, str]] = {
    "institution": ("institution_unknown", "定点医药机构未登记。", "There is no such institution."),
    "practitioner": ("practitioner_unknown", "人员未登记。", "There is no such practitioner."),
    "department": ("department_unknown", "科室未登记。", "There is no such department."),
    "insured_person": ("insured_person_unknown", "参保人未登记。", "There is no such insured person."),
}


def unknown(kind: Kind) -> NotFound:
    """Return the error for an object that the registry does not hold, or not on the day asked for."""
    code, zh, en = _UNKNOWN[kind]
    return NotFound(code, zh=zh, en=en)


class Reading(NamedTuple, Generic[T]):
    """How an object reads on a day."""

    entry: T
    effective_from: date
    effective_until: date | None
    sources: Mapping[str, str]
    """Which source each field is from."""
    standing: Standing | None = None
    """Payment eligibility; of practitioners only."""


class History(NamedTuple):
    """All that was said about an object, and what follows from it."""

    statements: Sequence[Recorded]
    periods: Sequence[Period]


class ReadRegistry:
    """Reads objects of the registry as they are today, or as they were on a day."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def institution(self, code: str, *, at: date | None = None) -> Reading[Institution]:
        """Return an institution; raises NotFound (``institution_unknown``)."""
        return await self._one(("institution", code), partial(registry_fields.institution_of, code), at)

    async def department(self, institution_code: str, code: str, *, at: date | None = None) -> Reading[Department]:
        """Return a department; raises NotFound (``department_unknown``)."""
        ref = department_ref(institution_code, code)
        return await self._one(("department", ref), partial(registry_fields.department_of, ref), at)

    async def insured_person(self, insured_ref: str, *, at: date | None = None) -> Reading[InsuredPerson]:
        """Return an insured person; raises NotFound (``insured_person_unknown``)."""
        reader = partial(registry_fields.insured_person_of, insured_ref)
        return await self._one(("insured_person", insured_ref), reader, at)

    async def practitioner(
        self, code: str, *, of_institution: str | None, at: date | None = None
    ) -> Reading[Practitioner]:
        """Return a practitioner and the standing; raises NotFound (``practitioner_unknown``).

        To an institution only its own people exist.
        """
        reading = await self._one(("practitioner", code), partial(registry_fields.practitioner_of, code), at)
        if of_institution is not None and of_institution not in reading.entry.institution_codes:
            raise unknown("practitioner")
        return (await self._with_standing([reading], at))[0]

    async def institutions(
        self, *, after: str | None, limit: int, kind: str | None, region: str | None, at: date | None = None
    ) -> list[Reading[Institution]]:
        """Return institutions in the order of their codes, after a code."""
        async with self._database.reading() as session:
            found = await registry.page(
                session,
                "institution",
                day=self._day(at),
                after=after,
                limit=limit,
                beginning=None if kind is None else _FIRST_LETTER[kind],
                region=region,
            )
        return _readings(found, registry_fields.institution_of)

    async def departments(
        self, *, after: str | None, limit: int, of_institution: str, at: date | None = None
    ) -> list[Reading[Department]]:
        """Return the departments of an institution in the order of their codes, after a code."""
        beginning = department_ref(of_institution, "")
        async with self._database.reading() as session:
            found = await registry.page(
                session,
                "department",
                day=self._day(at),
                after=beginning + (after or ""),
                limit=limit,
                beginning=beginning,
            )
        return _readings(found, registry_fields.department_of)

    async def practitioners(
        self, *, after: str | None, limit: int, of_institution: str | None, at: date | None = None
    ) -> list[Reading[Practitioner]]:
        """Return practitioners in the order of their codes, after a code; of one institution when it is given."""
        async with self._database.reading() as session:
            found = await registry.page(
                session,
                "practitioner",
                day=self._day(at),
                after=after,
                limit=limit,
                registered_at=of_institution,
            )
        return await self._with_standing(_readings(found, registry_fields.practitioner_of), at)

    async def history(self, key: Key) -> History:
        """Return all that was said about an object; raises NotFound."""
        async with self._database.reading() as session:
            said = await registry.statements_of(session, [key])
            periods = await registry.periods_of(session, [key])
        if key not in said:
            raise unknown(key[0])
        return History(said[key], periods.get(key, []))

    async def _one(self, key: Key, read: Callable[[Fields], T | None], at: date | None) -> Reading[T]:
        day = self._day(at)
        async with self._database.reading() as session:
            periods = (await registry.periods_of(session, [key])).get(key, [])
        for period in periods:
            if period.holds_on(day) and (entry := read(period.fields)) is not None:
                return Reading(entry, period.effective_from, period.effective_until, period.sources)
        raise unknown(key[0])

    async def _with_standing(
        self, readings: Sequence[Reading[Practitioner]], at: date | None
    ) -> list[Reading[Practitioner]]:
        instant = self._clock.now() if at is None else datetime.combine(at, time(12), BUSINESS_ZONE)
        async with self._database.reading() as session:
            measures: dict[str, list[Measure]] = await practitioners.measures_of(
                session, [one.entry.code for one in readings]
            )
        return [one._replace(standing=standing_at(measures.get(one.entry.code, []), instant)) for one in readings]

    def _day(self, at: date | None) -> date:
        return business_date(self._clock.now()) if at is None else at


_FIRST_LETTER = {"hospital": "H", "pharmacy": "P"}


def _readings(found: Sequence[tuple[str, Period]], read: Callable[[str, Fields], T | None]) -> list[Reading[T]]:
    return [
        Reading(entry, period.effective_from, period.effective_until, period.sources)
        for code, period in found
        if (entry := read(code, period.fields)) is not None
    ]

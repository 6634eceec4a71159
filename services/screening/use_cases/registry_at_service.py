"""What the copy of the registry holds about those whom a pre-check names, on the day of service."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple, Protocol, TypeVar, cast

import asyncpg
import msgspec

from services.contracts.fact import Fact
from services.contracts.intake import DepartmentChanged, InstitutionChanged, InsuredPersonChanged, PractitionerChanged
from services.contracts.registry import DepartmentPeriod, InstitutionPeriod, InsuredPersonPeriod, PractitionerPeriod
from services.screening.storage import registry
from services.screening.storage.registry import Kind

REMEMBERED_SECONDS = 30.0
"""For so long a change of an institution, a practitioner or a department may go unnoticed by pre-checks."""
MOST_REMEMBERED = 50_000

_INSTITUTION = msgspec.json.Decoder(InstitutionChanged)
_PRACTITIONER = msgspec.json.Decoder(PractitionerChanged)
_DEPARTMENT = msgspec.json.Decoder(DepartmentChanged)
_PERSON = msgspec.json.Decoder(InsuredPersonChanged)


class _Period(Protocol):
    @property
    def effective_from(self) -> date: ...

    @property
    def effective_until(self) -> date | None: ...


P = TypeVar("P", bound=_Period)
F = TypeVar("F", bound=Fact)


class AtService(NamedTuple):
    """What held on the day; None for whatever the copy does not hold."""

    institution: InstitutionPeriod | None = None
    practitioner: PractitionerPeriod | None = None
    department: DepartmentPeriod | None = None
    person: InsuredPersonPeriod | None = None


NOTHING_KNOWN = AtService()


class Named(NamedTuple):
    """Whom to look up."""

    institution_code: str
    practitioner_code: str | None
    department_code: str | None
    insured_ref: str | None
    """None where the person is not known."""
    day: date


class RegistryAtService:
    """One per process: it remembers institutions, practitioners and departments for a moment; persons it looks up."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._remembered: dict[tuple[Kind, str], tuple[float, Fact | None]] = {}

    async def __call__(self, connection: asyncpg.Connection, named: Named) -> AtService:
        """Look up whom a pre-check names, on the caller's connection."""
        institution = await self._known(connection, "institution", named.institution_code, _INSTITUTION)
        practitioner = await self._known(connection, "practitioner", named.practitioner_code, _PRACTITIONER)
        department = None
        if named.department_code is not None:
            key = f"{named.institution_code}/{named.department_code}"
            department = await self._known(connection, "department", key, _DEPARTMENT)
        person = None
        if named.insured_ref is not None:
            found = await registry.entry_of(connection, "insured_person", named.insured_ref)
            person = None if found is None else _PERSON.decode(found)
        return AtService(
            None if institution is None else held_on(institution.periods, named.day),
            None if practitioner is None else held_on(practitioner.periods, named.day),
            None if department is None else held_on(department.periods, named.day),
            None if person is None else held_on(person.periods, named.day),
        )

    async def _known(
        self, connection: asyncpg.Connection, kind: Kind, code: str | None, decoder: msgspec.json.Decoder[F]
    ) -> F | None:
        if code is None:
            return None
        now = self._monotonic()
        remembered = self._remembered.get((kind, code))
        if remembered is not None and now < remembered[0]:
            return cast("F | None", remembered[1])  # the kind tells which fact it is
        found = await registry.entry_of(connection, kind, code)
        fact = None if found is None else decoder.decode(found)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[kind, code] = (now + REMEMBERED_SECONDS, fact)
        return fact


def held_on(periods: Sequence[P], day: date) -> P | None:
    """Return the period that a day lies in, None where nothing held."""
    for period in periods:
        if period.effective_from <= day and (period.effective_until is None or day <= period.effective_until):
            return period
    return None

"""The registry as it was a moment ago: every settlement needs a few of its objects, and they seldom change."""

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from services.intake.domain import registry_fields
from services.intake.domain.effective import Fields, Timeline, timeline
from services.intake.domain.insured_person import InsuredPerson
from services.intake.domain.registration import Department
from services.intake.domain.registry import Institution, Practitioner
from services.intake.domain.registry_fields import Key, Kind
from services.intake.storage import registry
from services.kit.db import Database

REMEMBERED_SECONDS = 2.0
"""An object is asked of the database again after this."""
MOST_REMEMBERED = 50_000
"""Objects that are remembered; beyond, all are forgotten and asked for anew."""

_READERS: dict[Kind, Callable[[str, Fields], object | None]] = {
    "institution": registry_fields.institution_of,
    "department": registry_fields.department_of,
    "practitioner": registry_fields.practitioner_of,
    "insured_person": registry_fields.insured_person_of,
}
_NOTHING: Timeline[Any] = Timeline()

T = TypeVar("T")


class Known:
    """Timelines of the objects that were asked for; one the registry does not hold has an empty one."""

    def __init__(self, timelines: dict[Key, Timeline[Any]]) -> None:
        self._timelines = timelines

    def institution(self, code: str) -> Timeline[Institution]:
        """Return what held of an institution."""
        return self._timelines.get(("institution", code), _NOTHING)

    def practitioner(self, code: str) -> Timeline[Practitioner]:
        """Return what held of a practitioner."""
        return self._timelines.get(("practitioner", code), _NOTHING)

    def department(self, ref: str) -> Timeline[Department]:
        """Return what held of a department."""
        return self._timelines.get(("department", ref), _NOTHING)

    def insured_person(self, insured_ref: str) -> Timeline[InsuredPerson]:
        """Return what held of an insured person."""
        return self._timelines.get(("insured_person", insured_ref), _NOTHING)


class KnownRegistry:
    """Finds objects of the registry, all of a chunk in one query; one per process, for it remembers them."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._remembered: dict[Key, tuple[float, Timeline[Any]]] = {}
        self._kinds: dict[Kind, tuple[float, bool]] = {}

    async def holds_any(self, kind: Kind) -> bool:
        """Tell whether the registry held anything of a kind a moment ago: if not, nobody need be asked for."""
        now = self._monotonic()
        remembered = self._kinds.get(kind)
        if remembered is None or now >= remembered[0]:
            if remembered is not None:
                # One asks anew; who comes meanwhile goes by what was known.
                self._kinds[kind] = (now + REMEMBERED_SECONDS, remembered[1])
            async with self._database.reading() as session:
                remembered = (now + REMEMBERED_SECONDS, await registry.holds_any(session, kind))
            self._kinds[kind] = remembered
        return remembered[1]

    async def __call__(self, wanted: Collection[Key]) -> Known:
        """Return what held of objects.

        An institution that is missing is asked for every time, as it is registered just before its first settlement;
        others that are missing are remembered as such. Insured persons are not remembered: few come twice.
        """
        now = self._monotonic()
        found: dict[Key, Timeline[Any]] = {}
        for key in wanted:
            remembered = self._remembered.get(key)
            if remembered is not None and now < remembered[0]:
                found[key] = remembered[1]
        missing = [key for key in wanted if key not in found]
        if missing:
            for key in missing:
                # One asks anew; who comes meanwhile goes by what was known.
                if (old := self._remembered.get(key)) is not None:
                    self._remembered[key] = (now + REMEMBERED_SECONDS, old[1])
            async with self._database.reading() as session:
                read = await registry.held_of(session, missing)
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.clear()
            for key in missing:
                reader = cast("Callable[[Fields], Any]", partial(_READERS[key[0]], key[1]))
                held = timeline(read[key], reader) if key in read else _NOTHING
                found[key] = held
                if key[0] != "insured_person" and (held or key[0] != "institution"):
                    self._remembered[key] = (now + REMEMBERED_SECONDS, held)
        return Known(found)

    def forget(self, keys: Sequence[Key]) -> None:
        """Forget objects that this process has changed."""
        for key in keys:
            self._remembered.pop(key, None)
            self._kinds.pop(key[0], None)

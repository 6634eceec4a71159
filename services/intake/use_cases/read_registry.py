"""Read the registry."""

from typing import NamedTuple

from services.intake.domain.registry import Institution, Practitioner, Standing, standing_at
from services.intake.storage import institutions, practitioners
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound


class KnownPractitioner(NamedTuple):
    """A practitioner and the standing at present."""

    practitioner: Practitioner
    standing: Standing


class ReadRegistry:
    """Reads institutions and practitioners."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def institution(self, code: str) -> Institution:
        """Return an institution; raises NotFound (``institution_unknown``)."""
        async with self._database.reading() as session:
            found = await institutions.find(session, [code])
        if code not in found:
            raise NotFound("institution_unknown", zh="定点医药机构未登记。", en="There is no such institution.")
        return found[code]

    async def institutions(
        self, *, after: str | None, limit: int, kind: str | None, region: str | None
    ) -> list[Institution]:
        """Return institutions in the order of their codes, after a code."""
        async with self._database.reading() as session:
            return await institutions.page(session, after=after, limit=limit, kind=kind, region=region)

    async def practitioner(self, code: str, *, of_institution: str | None) -> KnownPractitioner:
        """Return a practitioner; raises NotFound (``practitioner_unknown``).

        To an institution only its own people exist.
        """
        async with self._database.reading() as session:
            practitioner = (await practitioners.find(session, [code])).get(code)
            measures = await practitioners.measures_of(session, [code])
        if practitioner is None or (
            of_institution is not None and of_institution not in practitioner.institution_codes
        ):
            raise NotFound("practitioner_unknown", zh="人员未登记。", en="There is no such practitioner.")
        return KnownPractitioner(practitioner, standing_at(measures.get(code, []), self._clock.now()))

    async def practitioners(
        self, *, after: str | None, limit: int, of_institution: str | None
    ) -> list[KnownPractitioner]:
        """Return practitioners in the order of their codes, after a code; of one institution when it is given."""
        async with self._database.reading() as session:
            found = await practitioners.page(session, after=after, limit=limit, institution_code=of_institution)
            measures = await practitioners.measures_of(session, [one.code for one in found])
        now = self._clock.now()
        return [KnownPractitioner(one, standing_at(measures.get(one.code, []), now)) for one in found]

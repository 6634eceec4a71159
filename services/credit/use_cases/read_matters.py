"""Read matters of the procedure: one with its steps, what is due or overdue, and proposals that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.credit.domain.calendar import business_date
from services.credit.domain.region import reach
from services.credit.storage import matters, proposals, register
from services.credit.storage.matters import Matter, Step
from services.credit.storage.proposals import Proposal
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_concern_practitioner, must_govern
from services.credit.use_cases.procedure_refusal import missing
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class MatterFile:
    """A matter with its steps, and whether its duty is overdue."""

    matter: Matter
    steps: Sequence[Step]
    overdue: bool


class ReadMatters:
    """Answers what stands where, and what is owed until when."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def one(self, matter_id: UUID, reader: Principal) -> MatterFile:
        """Return a matter; raises NotFound, and Forbidden for a person the reader has nothing to do with."""
        async with self._database.reading() as session:
            found = await matters.find(session, matter_id)
            if found is None:
                raise missing("matter_unknown")
            people = await register.find_practitioners(session, [found.practitioner_code])
            must_concern_practitioner(reader, found.practitioner_code, people.get(found.practitioner_code))
            steps = (await matters.steps(session, [matter_id]))[matter_id]
        return MatterFile(found, steps, is_overdue(found, self._today()))

    async def due(
        self,
        reader: Principal,
        *,
        overdue: bool,
        institution_code: str | None,
        after: tuple[date, UUID] | None,
        limit: int,
    ) -> list[tuple[Matter, bool]]:
        """Return matters in which something is owed, soonest first, each with whether it is overdue.

        A duty is overdue from the day after its last day. Raises Forbidden for another institution's and for a token
        bound to a person.
        """
        must_be_free_of_person(reader)
        today = self._today()
        async with self._database.reading() as session:
            if institution_code is not None:
                await must_govern(session, reader, institution_code)
            found = await matters.list_due(
                session,
                before=today if overdue else None,
                institution_code=institution_code or reader.institution,
                region=reach(reader.region or ""),
                after=after,
                limit=limit,
            )
        return [(one, is_overdue(one, today)) for one in found]

    async def open_proposals(
        self, reader: Principal, *, institution_code: str | None, after: UUID | None, limit: int
    ) -> list[tuple[Proposal, str]]:
        """Return proposals that wait, each with the kind of its sanction, by id behind ``after``; raises Forbidden."""
        must_be_free_of_person(reader)
        async with self._database.reading() as session:
            if institution_code is not None:
                await must_govern(session, reader, institution_code)
            return await proposals.list_open(
                session,
                institution_code=institution_code or reader.institution,
                region=reach(reader.region or ""),
                after=after,
                limit=limit,
            )

    def _today(self) -> date:
        return business_date(self._clock.now())


def is_overdue(matter: Matter, today: date) -> bool:
    """Tell whether the last day of the matter's duty is over."""
    return matter.state.due_on is not None and matter.state.due_on < today

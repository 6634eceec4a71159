"""Read practitioners: the file of one person (一医一档), and a page of many with their standing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.credit.domain.calendar import business_date
from services.credit.domain.policy import PolicyBook
from services.credit.domain.region import reach
from services.credit.domain.standing import Standing, Status, standing
from services.credit.storage import agreement_links, matters, measures, points, register, terms
from services.credit.storage.measures import FiledMeasure
from services.credit.storage.register import RegisteredPractitioner
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_concern_practitioner, must_govern
from services.credit.use_cases.read_matters import MatterFile, is_overdue
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class PractitionerFile:
    """A registered practitioner and what the ledger says of the person."""

    registered: RegisteredPractitioner
    standing: Standing
    measures: Sequence[FiledMeasure] = ()
    matters: Sequence[MatterFile] = ()


class ReadPractitioners:
    """Recomputes standings from the ledger at any instant."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def one(
        self, code: str, reader: Principal, *, at: datetime | None, known_at: datetime | None
    ) -> PractitionerFile:
        """Return the standing at an instant (now), as the ledger has it now or had it at ``known_at``.

        Raises NotFound, and Forbidden for a person the reader has nothing to do with.
        """
        async with self._database.reading() as session:
            registered = (await register.find_practitioners(session, [code])).get(code)
            must_concern_practitioner(reader, code, registered)
            if registered is None:
                raise NotFound("practitioner_unknown", zh="没有登记该人员。", en="There is no such practitioner.")
            ledger = (await points.of_practitioners(session, [code]))[code]
            changes = (await terms.of_practitioners(session, [code]))[code]
            links = (await agreement_links.of_practitioners(session, [code]))[code]
            stated = await measures.history(session, code)
            found = await matters.of_practitioner(session, code)
            steps = await matters.steps(session, [one.matter_id for one in found])
        now = self._clock.now()
        today = business_date(now)
        return PractitionerFile(
            registered,
            standing(code, ledger, at or now, self._book, changes, links, known=known_at),
            [one for one in stated if known_at is None or one.stated_at <= known_at],
            [
                MatterFile(
                    one,
                    [step for step in steps[one.matter_id] if known_at is None or step.recorded_at <= known_at],
                    is_overdue(one, today),
                )
                for one in found
                if known_at is None or one.opened_at <= known_at
            ],
        )

    async def page(
        self,
        reader: Principal,
        *,
        status: Status | None,
        institution_code: str | None,
        after: str,
        limit: int,
    ) -> list[PractitionerFile]:
        """Return practitioners by code, those behind ``after``; an institution gets its own only.

        Raises Forbidden for another institution's practitioners and for a token bound to a person.
        """
        must_be_free_of_person(reader)
        at = self._clock.now()
        async with self._database.reading() as session:
            if institution_code is not None:
                await must_govern(session, reader, institution_code)
            codes = await measures.list_practitioners(
                session,
                status=status,
                at=at,
                institution_code=institution_code or reader.institution,
                region=reach(reader.region or ""),
                after=after,
                limit=limit,
            )
            registered = await register.find_practitioners(session, codes)
            ledgers = await points.of_practitioners(session, codes)
            changes = await terms.of_practitioners(session, codes)
            links = await agreement_links.of_practitioners(session, codes)
        return [
            PractitionerFile(
                registered[code], standing(code, ledgers[code], at, self._book, changes[code], links[code])
            )
            for code in codes
        ]

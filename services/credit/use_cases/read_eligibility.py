"""Read eligibility (医保支付资格): one indexed read for one practitioner or a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.credit.domain.standing import Eligibility, eligibility
from services.credit.storage import measures
from services.credit.storage.measures import RegisteredMeasures
from services.credit.use_cases.guard_reading import must_concern_practitioner
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class EligibilityAnswer:
    """Eligibility of one practitioner at an instant."""

    practitioner_code: str
    at: datetime
    eligibility: Eligibility | None
    """None when the registry knows no such practitioner."""
    measure_id: UUID | None
    """The measure that decides, by the id others were told."""


class ReadEligibility:
    """Answers whether the fund pays for what a practitioner orders."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self, codes: Sequence[str], reader: Principal, *, at: datetime | None
    ) -> list[EligibilityAnswer]:
        """Return an answer per code in the order given; raises Forbidden when one of them is not the reader's."""
        instant = at or self._clock.now()
        async with self._database.statement() as connection:
            known = await measures.of_registered(connection, set(codes))
        if reader.institution is not None or reader.practitioner is not None or reader.region is not None:
            for code in codes:
                must_concern_practitioner(reader, code, known.get(code))
        return [_answer(code, instant, known.get(code)) for code in codes]


def _answer(code: str, instant: datetime, known: RegisteredMeasures | None) -> EligibilityAnswer:
    if known is None:
        return EligibilityAnswer(code, instant, None, None)
    ids = {one.measure: one.measure_id for one in known.measures}
    found = eligibility(ids, instant)
    return EligibilityAnswer(code, instant, found, None if found.measure is None else ids[found.measure])

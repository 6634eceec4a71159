"""Where the patients of stays live, by the copy of the registry: for patterns only, it is kept with no claim."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.intake import InsuredPersonChanged, SettlementAccepted
from services.kit.clock import business_date
from services.screening.storage import registry

_decode = msgspec.json.Decoder(InsuredPersonChanged).decode


class Home(NamedTuple):
    """Village and household of a person on a day; None for what the registry does not hold."""

    residence_code: str | None
    household_ref: str | None


async def homes_of(session: AsyncSession, stays: Sequence[SettlementAccepted]) -> dict[UUID, Home]:
    """Return homes by settlement; stays of persons whose home nobody knows are left out."""
    if not stays:
        return {}
    entries = await registry.entries_of(session, "insured_person", {stay.insured_ref for stay in stays})
    persons = {person: _decode(entry) for person, entry in entries.items()}
    found: dict[UUID, Home] = {}
    for stay in stays:
        person = persons.get(stay.insured_ref)
        home = None if person is None else home_on(person, business_date(stay.started_at))
        if home is not None:
            found[stay.settlement_ref] = home
    return found


def home_on(person: InsuredPersonChanged, day: date) -> Home | None:
    """Return where somebody lived on a day, else where the registry first knows; None where it knows nothing.

    A home is often entered long after somebody moved there, so the first that is known counts for the days before.
    """
    periods = person.periods
    then = sum(1 for one in periods if one.effective_from <= day)
    residence = _known([one.residence_code for one in periods], then)
    household = _known([one.household_ref for one in periods], then)
    return None if residence is None and household is None else Home(residence, household)


def _known(said: Sequence[str | None], then: int) -> str | None:
    """Return the last word of the first ``then``, or the first word behind them where those said nothing at all."""
    if any(word is not None for word in said[:then]):
        return said[then - 1]
    return next((word for word in said[then:] if word is not None), None)

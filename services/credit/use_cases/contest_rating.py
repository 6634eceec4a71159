"""Contest a public rating: the institution objects in time, a supervisor decides and says what no longer counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.domain.rating_procedure import RatingAct, RatingState, publicity_over
from services.credit.domain.working_days import add_working_days
from services.credit.storage import annual_ratings, rating_evidence, scores
from services.credit.storage.annual_ratings import CurrentRating, RecordedAct
from services.credit.use_cases.guard_reading import must_govern
from services.credit.use_cases.rating_inputs import Basis, calculate, period_of
from services.credit.use_cases.rating_refusal import (
    field_refused,
    must_be_agency,
    objection_late,
    rating_unknown,
    wrong_state,
)
from services.credit.use_cases.refresh_ratings import Cause, acted
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal
from services.kit.workdays import is_working_day


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor decided on an objection."""

    upheld: bool
    reason: str
    document_number: str
    excluded: tuple[str, ...] = ()
    """Evidence that does not count any more."""


class ContestRating:
    """Takes objections and decides them."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def object(self, code: str, year: int, principal: Principal, *, reason: str, document_number: str) -> None:
        """Enter an objection (异议); raises Forbidden, NotFound, and Conflict out of state or after the publicity."""
        async with self._database.transaction() as session:
            await must_govern(session, principal, code)
            cause = Cause(principal.subject, self._clock.now(), reason, document_number)
            current = await self._locked(session, code, year, RatingState.PUBLICITY)
            today = business_date(cause.now)
            if publicity_over(current.last.due_on or date.max, today):
                raise objection_late()
            days = self._book.version(current.policy_version or "").procedure.decide_objection_days
            due_on = add_working_days(today, days, is_working_day)
            await acted(session, current, RatingAct.OBJECTED, cause, due_on=due_on)

    async def decide(self, code: str, year: int, officer: Principal, decision: Decision) -> None:
        """Decide an objection; the publicity then runs to its old end.

        Raises Forbidden, NotFound, Conflict out of state, Malformed for evidence the rating does not rest on.
        """
        must_be_agency(officer)
        async with self._database.transaction() as session:
            await must_govern(session, officer, code)
            cause = Cause(officer.subject, self._clock.now(), decision.reason, decision.document_number)
            current = await self._locked(session, code, year, RatingState.OBJECTION)
            until = _publicity_end(await annual_ratings.acts(session, current.rating_id))
            if not decision.upheld:
                await acted(session, current, RatingAct.OBJECTION_REJECTED, cause, due_on=until)
                return
            held = await annual_ratings.calculation(session, _calculated(current))
            known = {one.evidence_id for one in held.evidence}
            for place, one in enumerate(decision.excluded):
                if one not in known:
                    raise field_refused(
                        f"/excluded_evidence_ids/{place}",
                        "evidence_unknown",
                        "评价不依据该证据。",
                        "The rating does not rest on this.",
                    )
            gathered = await rating_evidence.gather(session, [code], period_of(year))
            fresh = calculate(
                self._book.version(held.policy_version),
                current.rating_id,
                gathered[code],
                held.benchmarks,
                Basis(tuple(sorted({*held.excluded, *decision.excluded})), held.grade_before),
                now=cause.now,
            )
            await annual_ratings.add_calculation(session, fresh)
            await acted(session, current, RatingAct.OBJECTION_UPHELD, cause, calculation=fresh, due_on=until)

    async def _locked(self, session: AsyncSession, code: str, year: int, state: RatingState) -> CurrentRating:
        await scores.lock(session, [code])
        current = await annual_ratings.find(session, code, year)
        if current is None:
            raise rating_unknown()
        if current.last.state is not state:
            raise wrong_state(current.last.state)
        return current


def _publicity_end(acts: Sequence[RecordedAct]) -> date | None:
    return next((act.due_on for act in reversed(acts) if act.act is RatingAct.PUBLISHED), None)


def _calculated(current: CurrentRating) -> UUID:
    if current.last.calculation_id is None:
        raise rating_unknown()
    return current.last.calculation_id

"""Bring yearly ratings in line with what the ledgers hold: at once before they are final, by correction after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.rating import without_fallen
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.domain.rating_procedure import RatingAct, RatingState, following, recommendations
from services.credit.events import RatingIdentity, concluded
from services.credit.storage import annual_ratings, rating_evidence
from services.credit.storage.annual_ratings import Calculation, CurrentRating, RecordedAct
from services.credit.storage.rating_evidence import Gathered
from services.credit.telemetry import rating_acts
from services.credit.use_cases.rating_inputs import Basis, calculate, period_of, says_the_same, without
from services.kit import outbox
from services.kit.ids import new_id
from services.kit.outbox import outgoing


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what makes a rating change, and when."""

    by: str
    """Subject of a token, or the type of a fact."""
    now: datetime
    reason: str | None = None
    document_number: str | None = None
    traceparent: str | None = None
    """Trace of what made it change; None for the one that runs."""


class RefreshRatings:
    """Used inside other use cases' transactions; the institutions are locked by the caller."""

    def __init__(self, book: RatingPolicyBook) -> None:
        self._book = book

    async def __call__(
        self, session: AsyncSession, codes: Collection[str], years: Collection[int] | None, cause: Cause
    ) -> list[CurrentRating]:
        """Recompute the ratings of some years, None for all; those that change get an act.

        Returns all as they now are. A rating that is final keeps what it was concluded on and only loses what has
        fallen since. Raises NoPolicyInForceError when a rating names a version that is not installed.
        """
        found = await annual_ratings.of_institutions(session, codes, years)
        refreshed = []
        for year in sorted({one.year for one in found}):
            own = [one for one in found if one.year == year and one.last.calculation_id is not None]
            gathered = await rating_evidence.gather(session, [one.institution_code for one in own], period_of(year))
            refreshed.extend([await self._one(session, one, gathered[one.institution_code], cause) for one in own])
        return refreshed

    async def _one(
        self, session: AsyncSession, current: CurrentRating, gathered: Gathered, cause: Cause
    ) -> CurrentRating:
        if current.last.calculation_id is None:
            return current
        held = await annual_ratings.calculation(session, current.last.calculation_id)
        final = current.last.state is RatingState.FINAL
        if final:
            standing = without(gathered.evidence, held.excluded)
            gathered = Gathered(held.settlements, list(without_fallen(held.evidence, standing)))
        fresh = calculate(
            self._book.version(held.policy_version),
            current.rating_id,
            gathered,
            held.benchmarks,
            Basis(held.excluded, held.grade_before),
            now=cause.now,
        )
        if says_the_same(held, fresh):
            return current
        if not final:
            return await recalculated(session, current, fresh, RatingAct.RECOMPUTED, cause)
        corrected = await recalculated(session, current, fresh, RatingAct.CORRECTED, cause)
        await state_final(session, self._book, corrected, cause, replaced=held.grade)
        return corrected


async def state_final(
    session: AsyncSession, book: RatingPolicyBook, current: CurrentRating, cause: Cause, *, replaced: str | None = None
) -> None:
    """State a rating that has become final, or that was corrected and had the grade ``replaced`` before.

    Raises NoPolicyInForceError when its version is not installed.
    """
    if current.policy_version is None or current.grade is None or current.score_e2 is None:
        raise LookupError(f"rating {current.rating_id} is final without a score")
    policy = book.version(current.policy_version)
    earlier = (await annual_ratings.final_grades(session, [current.institution_code], current.year))[
        current.institution_code
    ]
    fact = concluded(
        RatingIdentity(current.rating_id, current.institution_code, current.region, current.year, current.last.number),
        policy,
        current.grade,
        recommendations(policy, current.grade, earlier, current.year),
        score_e2=current.score_e2,
        previous_grade=earlier.get(current.year - 1) if replaced is None else replaced,
        corrected=replaced is not None,
        concluded_at=cause.now,
    )
    await outbox.add(session, [outgoing(fact, now=cause.now, traceparent=cause.traceparent)])


async def recalculated(
    session: AsyncSession, current: CurrentRating, fresh: Calculation, act: RatingAct, cause: Cause
) -> CurrentRating:
    """Store a new calculation with its act and return the rating as it then is; time limits stay."""
    await annual_ratings.add_calculation(session, fresh)
    last = await acted(session, current, act, cause, calculation=fresh)
    return CurrentRating(
        rating_id=current.rating_id,
        institution_code=current.institution_code,
        year=current.year,
        region=current.region,
        last=last,
        policy_version=fresh.policy_version,
        score_e2=fresh.score_e2,
        grade=fresh.grade,
    )


async def acted(
    session: AsyncSession,
    current: CurrentRating,
    act: RatingAct,
    cause: Cause,
    *,
    calculation: Calculation | None = None,
    due_on: date | None = None,
    without_calculation: bool = False,
) -> RecordedAct:
    """Add an act behind the last one, with its time limit and calculation unless told otherwise.

    Raises RatingActRefusedError when it does not fit.
    """
    held = None if without_calculation else current.last.calculation_id
    last = RecordedAct(
        act_id=new_id(),
        rating_id=current.rating_id,
        number=current.last.number + 1,
        act=act,
        state=following(current.last.state, act),
        acted_at=cause.now,
        acted_by=cause.by,
        calculation_id=held if calculation is None else calculation.calculation_id,
        due_on=current.last.due_on if due_on is None else due_on,
        reason=cause.reason,
        document_number=cause.document_number,
    )
    await annual_ratings.add_act(session, last)
    rating_acts.add(1, {"act": act.value})
    return last

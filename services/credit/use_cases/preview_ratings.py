"""Preview the yearly ratings of a region (预评): everybody who is to be rated gets a score, the others a reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.rating import Benchmark
from services.credit.domain.rating_policy import RatingPolicy, RatingPolicyBook
from services.credit.domain.rating_procedure import RatingAct, RatingState, following, reason_not_rated
from services.credit.domain.region import reach
from services.credit.storage import annual_ratings, rating_evidence, scores
from services.credit.storage.annual_ratings import Calculation, CurrentRating, RecordedAct
from services.credit.storage.rating_evidence import Period
from services.credit.storage.register import RegisteredInstitution
from services.credit.telemetry import rating_acts
from services.credit.use_cases.guard_reading import must_be_in_region
from services.credit.use_cases.rating_inputs import (
    CHUNK,
    Basis,
    PeerGroup,
    agreement_of,
    calculate,
    group_of,
    institutions_in,
    peers_of,
    period_of,
    policy_of,
    says_the_same,
)
from services.credit.use_cases.rating_refusal import must_be_agency, no_rating_policy, year_not_over
from services.credit.use_cases.refresh_ratings import Cause, acted, recalculated
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.principal import Principal

Outcome = Counter[str]
"""Number of institutions by what happened to their rating."""


@dataclass(frozen=True, slots=True)
class PreviewRun:
    """What every chunk of one preview is made with."""

    period: Period
    policies: Mapping[str, RatingPolicy]
    benchmarks: Mapping[PeerGroup, Mapping[str, Benchmark]]
    cause: Cause


class PreviewRatings:
    """Makes previews; run again it recomputes them, and leaves alone what is already public."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, officer: Principal, *, year: int, region: str) -> Outcome:
        """Preview every institution of a region, in transactions of some hundred.

        Raises Forbidden for a token that is not an agency's, Conflict for a year that runs or without a policy.
        """
        must_be_agency(officer)
        must_be_in_region(officer, region)
        now = self._clock.now()
        if year >= business_date(now).year:
            raise year_not_over()
        async with self._database.reading() as session:
            institutions = await institutions_in(session, reach(region))
            try:
                policies = {one.institution_code: policy_of(self._book, one, year) for one in institutions}
            except NoPolicyInForceError:
                raise no_rating_policy() from None
            period = period_of(year)
            peers = await peers_of(session, institutions, policies, period)
        run = PreviewRun(period, policies, peers, Cause(officer.subject, now))
        outcome: Outcome = Counter()
        for start in range(0, len(institutions), CHUNK):
            async with self._database.transaction() as session:
                outcome.update((await self.chunk(session, institutions[start : start + CHUNK], run)).values())
        return outcome

    async def chunk(
        self, session: AsyncSession, chunk: Sequence[RegisteredInstitution], run: PreviewRun
    ) -> dict[str, str]:
        """Preview some institutions inside the caller's transaction; return what happened to each."""
        codes = [one.institution_code for one in chunk]
        await scores.lock(session, codes)
        found = await annual_ratings.of_institutions(session, codes, [run.period.year])
        known = {one.institution_code: one for one in found}
        before = await annual_ratings.final_grades(session, codes, run.period.year)
        gathered = await rating_evidence.gather(session, codes, run.period)
        outcome: dict[str, str] = {}
        for institution in chunk:
            code = institution.institution_code
            current, policy = known.get(code), run.policies[code]
            if current is not None and current.last.state not in {RatingState.PREVIEW, RatingState.NOT_RATED}:
                outcome[code] = "passed_over"
                continue
            reason = reason_not_rated(agreement_of(institution), run.period.year, policy.procedure)
            if reason is not None:
                outcome[code] = await self._leave_out(session, institution, current, reason.value, run)
                continue
            held = await _held(session, current)
            basis = Basis(
                excluded=() if held is None else held.excluded,
                grade_before=before[code].get(run.period.year - 1),
            )
            fresh = calculate(
                policy,
                new_id() if current is None else current.rating_id,
                gathered[code],
                run.benchmarks.get(group_of(policy, institution), {}),
                basis,
                now=run.cause.now,
            )
            outcome[code] = await self._preview(session, institution, current, (held, fresh), run)
        return outcome

    async def _preview(
        self,
        session: AsyncSession,
        institution: RegisteredInstitution,
        current: CurrentRating | None,
        calculations: tuple[Calculation | None, Calculation],
        run: PreviewRun,
    ) -> str:
        held, fresh = calculations
        if current is None:
            await _open(session, institution, fresh, RatingAct.PREVIEWED, run)
            return RatingAct.PREVIEWED.value
        if current.last.state is RatingState.NOT_RATED:
            await recalculated(session, current, fresh, RatingAct.PREVIEWED, run.cause)
            return RatingAct.PREVIEWED.value
        if held is not None and says_the_same(held, fresh):
            return "unchanged"
        await recalculated(session, current, fresh, RatingAct.RECOMPUTED, run.cause)
        return RatingAct.RECOMPUTED.value

    async def _leave_out(
        self,
        session: AsyncSession,
        institution: RegisteredInstitution,
        current: CurrentRating | None,
        reason: str,
        run: PreviewRun,
    ) -> str:
        cause = Cause(run.cause.by, run.cause.now, reason)
        if current is None:
            left_out = PreviewRun(run.period, run.policies, run.benchmarks, cause)
            await _open(session, institution, None, RatingAct.LEFT_OUT, left_out)
        elif current.last.state is RatingState.NOT_RATED and current.last.reason == reason:
            return "unchanged"
        else:
            await acted(session, current, RatingAct.LEFT_OUT, cause, without_calculation=True)
        return RatingAct.LEFT_OUT.value


async def _held(session: AsyncSession, current: CurrentRating | None) -> Calculation | None:
    if current is None or current.last.calculation_id is None:
        return None
    return await annual_ratings.calculation(session, current.last.calculation_id)


async def _open(
    session: AsyncSession, institution: RegisteredInstitution, made: Calculation | None, act: RatingAct, run: PreviewRun
) -> None:
    """Open the rating of an institution with its first act."""
    rating_id = new_id() if made is None else made.rating_id
    await annual_ratings.open_rating(
        session, institution.institution_code, run.period.year, institution.region, rating_id, now=run.cause.now
    )
    if made is not None:
        await annual_ratings.add_calculation(session, made)
    await annual_ratings.add_act(
        session,
        RecordedAct(
            act_id=new_id(),
            rating_id=rating_id,
            number=1,
            act=act,
            state=following(None, act),
            acted_at=run.cause.now,
            acted_by=run.cause.by,
            calculation_id=None if made is None else made.calculation_id,
            reason=run.cause.reason,
        ),
    )
    rating_acts.add(1, {"act": act.value})

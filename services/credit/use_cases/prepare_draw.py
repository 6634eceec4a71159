"""Prepare a draw: the list of candidates, made by the rules alone, and its digest."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain import draw as rules
from services.credit.domain.calendar import add_months, business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.inspection_policy import InspectionCause, InspectionPolicy
from services.credit.domain.level import Level, LevelSource
from services.credit.domain.policy import PolicyBook
from services.credit.storage import candidates, draws, inspectors
from services.credit.storage.candidates import Ground
from services.credit.storage.draws import DrawFile, PreparedDraw
from services.credit.storage.inspectors import InspectorEntry
from services.credit.use_cases import draw_refusal
from services.credit.use_cases.guard_draws import must_be_agency, must_lie_inside
from services.credit.use_cases.rating_inputs import CHUNK
from services.credit.use_cases.read_standings import levels_at
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """What an officer may decide about a draw; who is on the list follows from it."""

    draw_id: UUID
    cause: InspectionCause
    on_site: bool
    count: int
    regions: tuple[str, ...]
    """First digits of regions; empty means every region."""
    kinds: tuple[str, ...]
    institution_codes: tuple[str, ...]
    """Institutions that a tip or a data clue names; empty for a plan."""
    inspection_from: date
    inspection_until: date
    public_source: str
    """Where the public value will come from, named before it exists."""
    public_digits: int
    """How many digits it has; a form left open would let whoever knows the seed try several."""
    public_not_before: datetime


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A candidate with its tickets, and what they rest on."""

    ground: Ground
    weight: int
    said: dict[str, Any]


class PrepareDraw:
    """Makes lists; nobody picks a candidate by hand."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, plan: DrawPlan, officer: Principal) -> DrawFile:
        """Make and store the list.

        Raises Forbidden for a token bound to an institution or person, Conflict when the id is taken, the period does
        not fit, nobody is left to draw, or a candidate could not be given a team.
        """
        must_be_agency(officer)
        must_lie_inside(officer, plan.regions)
        now = self._clock.now()
        version, policy = self._policy(now)
        _check(plan, now)
        limited = policy.limits(plan.cause, on_site=plan.on_site)
        async with self._database.transaction() as session:
            await draws.lock_draws(session)
            if await draws.find(session, plan.draw_id) is not None:
                raise draw_refusal.exists()
            grounds = await candidates.listed(
                session,
                regions=plan.regions,
                kinds=plan.kinds,
                only=plan.institution_codes,
                since=add_months(now, -policy.risk_months),
            )
            if limited:
                visits = await draws.visits(session, [one.institution_code for one in grounds], _year(plan))
                grounds = [one for one in grounds if visits[one.institution_code] < policy.on_site_a_year]
            if not grounds:
                raise draw_refusal.nobody_listed()
            weighed = await self._weighed(session, policy, grounds, now)
            document = _document(
                plan, policy, version, weighed, await inspectors.certified(session, plan.inspection_until)
            )
            if short := await asyncio.to_thread(rules.without_team, rules.lots_of(document)):
                raise draw_refusal.no_team(short)
            prepared = _prepared(plan, document, weighed, limited=limited, now=now, by=officer.subject)
            await draws.add_prepared(session, prepared)
            made = await draws.find(session, plan.draw_id)
        if made is None:
            raise LookupError(f"draw {plan.draw_id} was stored and cannot be read")
        return made

    async def _weighed(
        self, session: AsyncSession, policy: InspectionPolicy, grounds: Sequence[Ground], now: datetime
    ) -> list[_Weighed]:
        """Weigh by the final yearly grade where the policy does, by the running tier otherwise; overrides count."""
        weighed: list[_Weighed] = []
        for start in range(0, len(grounds), CHUNK):
            chunk = grounds[start : start + CHUNK]
            found = await levels_at(session, self._book, [one.institution_code for one in chunk], now)
            weighed.extend(_weigh(policy, one, found[one.institution_code]) for one in chunk)
        return weighed

    def _policy(self, now: datetime) -> tuple[str, InspectionPolicy]:
        try:
            policy = self._book.on(business_date(now))
        except NoPolicyInForceError:
            raise draw_refusal.no_policy() from None
        if policy.inspection is None:
            raise draw_refusal.no_policy()
        return policy.version, policy.inspection


def _weigh(policy: InspectionPolicy, ground: Ground, level: Level) -> _Weighed:
    override = level.standing.override
    said = {
        "tier": ground.tier,
        "findings": ground.findings,
        "source": level.source.value,
        "grade": level.standing.grade,
        "override_id": None if override is None else str(override.override_id),
    }
    if level.source is LevelSource.ANNUAL and policy.weighs(level.policy_version, level.standing.grade):
        final = (level.policy_version, level.standing.grade)
        said |= {"rated_year": level.year, "rating_policy": level.policy_version}
        return _Weighed(ground, policy.weight(ground.tier, ground.findings, final), said)
    # A score that was never stated stays unrated, unless somebody put his name under another.
    tier = level.standing.grade if override is not None and level.source is LevelSource.RUNNING else ground.tier
    said |= {"source": LevelSource.RUNNING.value, "grade": tier}
    return _Weighed(ground, policy.weight(tier, ground.findings), said)


def _check(plan: DrawPlan, now: datetime) -> None:
    if plan.cause is InspectionCause.PLAN and plan.institution_codes:
        raise draw_refusal.only_without_plan()
    if plan.public_not_before <= now:
        raise draw_refusal.public_value_known()
    if not (
        business_date(plan.public_not_before) <= plan.inspection_from <= plan.inspection_until
        and plan.inspection_from.year == plan.inspection_until.year
    ):
        raise draw_refusal.wrong_year()


def _year(plan: DrawPlan) -> int:
    return plan.inspection_from.year


def _document(
    plan: DrawPlan,
    policy: InspectionPolicy,
    version: str,
    weighed: Sequence[_Weighed],
    directory: Sequence[InspectorEntry],
) -> dict[str, Any]:
    """Write the list as it will be published: codes, weights and skills, and who must not meet whom, without why."""
    codes = {one.ground.institution_code for one in weighed}
    return {
        "algorithm": rules.ALGORITHM,
        "draw_id": str(plan.draw_id),
        "policy_version": version,
        "cause": plan.cause.value,
        "on_site": plan.on_site,
        "regions": sorted(plan.regions),
        "kinds": sorted(plan.kinds),
        "inspection_from": plan.inspection_from.isoformat(),
        "inspection_until": plan.inspection_until.isoformat(),
        "public_source": plan.public_source,
        "public_digits": plan.public_digits,
        "public_not_before": plan.public_not_before.astimezone(UTC).isoformat(),
        "count": min(plan.count, len(weighed)),
        "team_size": policy.team_size,
        "institutions": [
            {
                "code": one.ground.institution_code,
                "weight": one.weight,
                "skills": list(policy.skills[one.ground.kind]),
            }
            for one in weighed
        ],
        "inspectors": [{"code": one.inspector_code, "skills": sorted(set(one.skills))} for one in directory],
        "recusals": sorted(
            (
                {"institution": recusal.institution_code, "inspector": one.inspector_code}
                for one in directory
                for recusal in {recusal.institution_code: recusal for recusal in one.recusals}.values()
                if recusal.institution_code in codes
            ),
            key=lambda pair: (pair["institution"], pair["inspector"]),
        ),
    }


def _prepared(
    plan: DrawPlan, document: dict[str, Any], weighed: Sequence[_Weighed], *, limited: bool, now: datetime, by: str
) -> PreparedDraw:
    text = rules.canonical(document)
    return PreparedDraw(
        draw_id=plan.draw_id,
        listing=text,
        list_hash=rules.digest(text),
        grounds={one.ground.institution_code: one.said for one in weighed},
        candidate_codes=tuple(one.ground.institution_code for one in weighed),
        year=_year(plan),
        limited=limited,
        policy_version=document["policy_version"],
        public_not_before=plan.public_not_before,
        prepared_at=now,
        prepared_by=by,
    )

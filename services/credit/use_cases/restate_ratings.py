"""Restate the ratings of institutions whose ledger changed: only a score or tier that differs from the last is news."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.credit import InstitutionRated
from services.credit.domain.calendar import business_date
from services.credit.domain.policy import PolicyBook
from services.credit.domain.score import score_of, tier_of
from services.credit.events import rated
from services.credit.storage import scores
from services.credit.storage.scores import StatedRating
from services.credit.telemetry import ratings as ratings_counter


async def restate_ratings(
    session: AsyncSession, locked: Mapping[str, StatedRating], book: PolicyBook, *, now: datetime
) -> list[InstitutionRated]:
    """Rate locked institutions by the current year's ledger and return what changed, in the order of their codes.

    Raises NoPolicyInForceError when no policy is in force today.
    """
    today = business_date(now)
    policy = book.on(today)
    deltas = await scores.year_deltas(session, locked, today.year)
    changed = []
    for code in sorted(locked):
        score_e2 = score_of(policy.score, [deltas[code]])
        tier = tier_of(policy.score, score_e2).name
        if (score_e2, tier) != (locked[code].score_e2, locked[code].tier):
            changed.append(StatedRating(code, score_e2, tier, policy.version, now))
            ratings_counter.add(1, {"tier": tier})
    await scores.state(session, changed)
    return [
        rated(
            one.institution_code,
            score_e2=one.score_e2 or 0,
            tier=one.tier or "",
            policy_version=policy.version,
            rated_at=now,
        )
        for one in changed
    ]

"""Override a score or grade: proposed with reason and term, approved by a second officer, revoked at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.override import Override, OverrideAct, OverrideKind, OverrideLimits, OverrideTarget, Scale
from services.credit.domain.policy import PolicyBook
from services.credit.domain.rating_policy import RatingPolicy
from services.credit.domain.region import reach
from services.credit.events import overridden
from services.credit.storage import annual_ratings, overrides, register, scores
from services.credit.storage.overrides import OverrideStep
from services.credit.storage.register import RegisteredInstitution
from services.credit.telemetry import override_acts
from services.credit.use_cases import override_refusal
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_be_in_region
from services.credit.use_cases.rating_refusal import must_be_agency, no_rating_policy, rating_unknown
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import outgoing
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class ProposedOverride:
    """What an officer proposes."""

    override_id: UUID
    institution_code: str
    target: OverrideTarget
    year: int | None
    kind: OverrideKind
    value_e2: int | None
    grade: str | None
    holds_from: date
    holds_until: date
    reason: str
    document_number: str


@dataclass(frozen=True, slots=True)
class _Ground:
    """What an override is checked against."""

    limits: OverrideLimits
    scale: Scale
    least_e2: int
    most_e2: int


class OverrideRating:
    """Keeps overrides; that one begins or ends needs nobody, it is read off the day."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def propose(self, proposed: ProposedOverride, officer: Principal) -> tuple[Override, bool]:
        """Store a proposal and tell whether this request made it; the same again answers the same.

        Raises Forbidden, NotFound for an institution or rating there is none of, Malformed for a term or value outside
        the policy, Conflict for a different override under the id or a policy that allows none.
        """
        must_be_agency(officer)
        async with self._database.transaction() as session:
            institution = await self._institution(session, proposed.institution_code, officer)
            await scores.lock(session, [proposed.institution_code])
            now = self._clock.now()
            known = await overrides.find(session, proposed.override_id)
            if known is not None:
                if not _same(known, proposed, officer):
                    raise override_refusal.differs()
                return known, False
            _check(proposed, await self._ground(session, proposed, institution, now), business_date(now))
            made = Override(
                override_id=proposed.override_id,
                institution_code=proposed.institution_code,
                target=proposed.target,
                year=proposed.year,
                kind=proposed.kind,
                value_e2=proposed.value_e2,
                grade=proposed.grade,
                holds_from=proposed.holds_from,
                holds_until=proposed.holds_until,
                reason=proposed.reason,
                document_number=proposed.document_number,
                author=officer.subject,
                proposed_at=now,
            )
            await overrides.add_proposal(session, made)
        override_acts.add(1, {"act": OverrideAct.PROPOSED.value})
        return made, True

    async def decide(
        self, override_id: UUID, officer: Principal, *, approved: bool, reason: str, document_number: str
    ) -> Override:
        """Approve or refuse a proposal; raises Forbidden for its author, NotFound, Conflict when decided or over."""
        act = OverrideAct.APPROVED if approved else OverrideAct.REFUSED
        async with self._database.transaction() as session:
            found, now = await self._held(session, override_id, officer)
            if found.author == officer.subject:
                raise override_refusal.same_person()
            if found.approved_at is not None or found.refused_at is not None or found.revoked_at is not None:
                raise override_refusal.decided()
            if approved and found.holds_until < business_date(now):
                raise override_refusal.over()
            return await self._act(session, found, act, officer, now, reason=reason, document_number=document_number)

    async def revoke(self, override_id: UUID, officer: Principal, *, reason: str, document_number: str) -> Override:
        """End an override, or take a proposal back; raises Forbidden, NotFound, Conflict when it is over already."""
        async with self._database.transaction() as session:
            found, now = await self._held(session, override_id, officer)
            if found.revoked_at is not None or found.refused_at is not None:
                raise override_refusal.decided()
            if found.holds_until < business_date(now):
                raise override_refusal.over()
            return await self._act(
                session, found, OverrideAct.REVOKED, officer, now, reason=reason, document_number=document_number
            )

    async def page(
        self, reader: Principal, *, institution_code: str | None, on: date | None, after: UUID | None, limit: int
    ) -> list[Override]:
        """Return overrides by id, those behind ``after``; an institution gets its own; raises Forbidden."""
        must_be_free_of_person(reader)
        if institution_code is not None:
            reader.must_be_institution(institution_code)
        async with self._database.reading() as session:
            if institution_code is not None:
                await self._institution(session, institution_code, reader)
            return await overrides.page(
                session,
                institution_code=institution_code or reader.institution,
                region=reach(reader.region or ""),
                on=on,
                after=after,
                limit=limit,
            )

    async def _held(self, session: AsyncSession, override_id: UUID, officer: Principal) -> tuple[Override, datetime]:
        """Return an override while no other act on its institution can happen."""
        must_be_agency(officer)
        found = await overrides.find(session, override_id)
        if found is None:
            raise override_refusal.unknown()
        await self._institution(session, found.institution_code, officer)
        await scores.lock(session, [found.institution_code])
        again = await overrides.find(session, override_id)
        return again or found, self._clock.now()

    async def _act(
        self,
        session: AsyncSession,
        found: Override,
        act: OverrideAct,
        officer: Principal,
        now: datetime,
        *,
        reason: str,
        document_number: str,
    ) -> Override:
        step = OverrideStep(
            found.override_id, found.institution_code, act, now, officer.subject, reason, document_number
        )
        await overrides.add_step(session, step)
        made = await overrides.find(session, found.override_id)
        if made is None:
            raise LookupError(f"override {found.override_id} was decided and cannot be read")
        if made.approved_at is not None:
            await outbox.add(session, [outgoing(overridden(made), now=now)])
        override_acts.add(1, {"act": act.value})
        return made

    async def _institution(self, session: AsyncSession, code: str, reader: Principal) -> RegisteredInstitution:
        institution = await register.find_institution(session, code)
        if institution is None:
            raise override_refusal.institution_unknown()
        must_be_in_region(reader, institution.region)
        return institution

    async def _ground(
        self, session: AsyncSession, proposed: ProposedOverride, institution: RegisteredInstitution, now: datetime
    ) -> _Ground:
        today = business_date(now)
        try:
            rules = self._book.ratings.on(institution.region, today)
            if proposed.target is OverrideTarget.ANNUAL:
                rating = await annual_ratings.find(session, proposed.institution_code, proposed.year or 0)
                if rating is None or rating.policy_version is None:
                    raise rating_unknown()
                return _annual(rules, self._book.ratings.version(rating.policy_version))
            score = self._book.on(today).score
        except NoPolicyInForceError:
            raise no_rating_policy() from None
        tiers = [(tier.name, tier.from_e2) for tier in score.tiers]
        return _Ground(_limits(rules), tiers, score.floor_e2, score.base_e2)


def _annual(rules: RatingPolicy, policy: RatingPolicy) -> _Ground:
    return _Ground(_limits(rules), policy.scale, policy.floor_e2, policy.ceiling_e2)


def _limits(rules: RatingPolicy) -> OverrideLimits:
    """Return what the rules in force today allow; raises Conflict when that is nothing."""
    if rules.overrides is None:
        raise override_refusal.none_allowed()
    return rules.overrides


def _check(proposed: ProposedOverride, ground: _Ground, today: date) -> None:
    days = (proposed.holds_until - proposed.holds_from).days + 1
    if proposed.holds_from < today:
        raise override_refusal.backdated()
    if not 1 <= days <= ground.limits.most_days:
        raise override_refusal.term(ground.limits.most_days)
    if (proposed.target is OverrideTarget.ANNUAL) != (proposed.year is not None):
        raise override_refusal.year()
    if proposed.kind is OverrideKind.GRADE:
        names: Sequence[str] = [name for name, _ in ground.scale]
        if proposed.value_e2 is not None or proposed.grade not in names:
            raise override_refusal.grade(names)
    elif (
        proposed.grade is not None
        or proposed.value_e2 is None
        or not ground.least_e2 <= proposed.value_e2 <= ground.most_e2
    ):
        raise override_refusal.value(ground.least_e2, ground.most_e2)


def _same(known: Override, proposed: ProposedOverride, officer: Principal) -> bool:
    return known.author == officer.subject and all(
        getattr(known, name) == getattr(proposed, name) for name in ProposedOverride.__slots__
    )

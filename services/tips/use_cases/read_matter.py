"""Show what stands around a tip: deadlines, moves, objections, tips of the same matter, and the institution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips.domain.access import Viewer
from services.tips.domain.dispute import Dispute
from services.tips.domain.due import DueStep
from services.tips.domain.jurisdiction import Transfer
from services.tips.domain.similarity import Facts, Likeness, likeness
from services.tips.domain.tip import Tip
from services.tips.storage import deadlines, desks, disputes, institutions, matters, queue, tips, transfers
from services.tips.storage.institutions import Institution, RuleStatistics
from services.tips.storage.sealing import TeamReader, Unreadable
from services.tips.use_cases.errors import no_such_tip

STATISTICS_DAYS = 365
"""Days back to which findings of the institution are counted."""

_MOST_COMPARED_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A tip that may be about the same matter, and why."""

    tip: Tip
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class InstitutionMatter:
    """What the service knows of the institution, gathered from facts about all institutions alike."""

    code: str
    entry: Institution | None
    statistics: Sequence[RuleStatistics]
    confirmed: Sequence[tuple[UUID, str, int]]
    """Confirmed findings: id, rule and upheld amount in fen."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Everything around one tip but its own words."""

    steps: Sequence[DueStep]
    moves: Sequence[Transfer]
    disputes: Sequence[Dispute]
    lead: Tip | None
    """The tip this one follows."""
    followers: Sequence[Tip]
    """Tips that follow this one, in the order of their arrival, which is that of their reporters for a reward."""
    duplicates: Sequence[Duplicate] | None
    """Likely duplicates, the likeliest first; None for readers and processes that open no tips."""
    institution: InstitutionMatter | None
    desks: Sequence[tuple[str, str | None, str]]


class ReadMatter:
    """Gathers what a handler needs beside the words of a tip."""

    def __init__(
        self, database: Database, clock: Clock, reader: TeamReader, is_working_day: Callable[[date], bool]
    ) -> None:
        self._database = database
        self._clock = clock
        self._reader = reader
        self._is_working_day = is_working_day

    async def __call__(self, tip_id: UUID, viewer: Viewer, *, with_content: bool) -> Matter:
        """Return what stands around the tip; raises NotFound."""
        today = business_date(self._clock.now())
        async with self._database.reading() as session:
            tip = await tips.find_tip(session, tip_id)
            if tip is None:
                raise no_such_tip()
            due = await deadlines.of_tips(session, [tip_id])
            following = {each.id: each for each in await matters.followers(session, tip_id)}
            arrived = await matters.arrival(session, list(following))
            return Matter(
                steps=[DueStep(each, each.nearness(today, self._is_working_day)) for each in due[tip_id]],
                moves=await transfers.list_moves(session, tip_id),
                disputes=await disputes.list_disputes(session, tip_id),
                lead=None if tip.merged_into is None else await tips.find_tip(session, tip.merged_into),
                followers=[following[each] for each in arrived],
                duplicates=await self._duplicates(session, tip, viewer) if with_content else None,
                institution=await _institution(session, tip, today),
                desks=await desks.list_desks(session),
            )

    async def _duplicates(self, session: AsyncSession, tip: Tip, viewer: Viewer) -> list[Duplicate] | None:
        about = tip.institution_code or tip.reported_institution_code
        if not self._reader.can_read or about is None or not tip.open or tip.merged_into is not None:
            return None
        own = await self._facts(session, tip)
        found = []
        for other in await matters.open_about(session, about, besides=tip.id):
            facts = await self._facts(session, other)
            if own is None or facts is None or not await queue.may_see(session, other.id, viewer):
                continue
            alike = likeness(own, facts)
            if alike.suggested:
                found.append(Duplicate(other, alike))
        return sorted(found, key=lambda each: (-each.likeness.points, each.tip.id))

    async def _facts(self, session: AsyncSession, tip: Tip) -> Facts | None:
        sealed = await tips.find_sealed(session, tip.id)
        if sealed is None:
            return None
        try:
            content = self._reader.open(sealed.keys).content(sealed.content)
        except Unreadable:
            return None
        words = " ".join([content.text, *content.answers.values()])
        return Facts(tip.kind, content.period, words[:_MOST_COMPARED_CHARACTERS])


async def _institution(session: AsyncSession, tip: Tip, today: date) -> InstitutionMatter | None:
    code = tip.institution_code or tip.reported_institution_code
    if code is None:
        return None
    return InstitutionMatter(
        code=code,
        entry=await institutions.find_institution(session, code),
        statistics=await institutions.statistics(session, code, today - timedelta(days=STATISTICS_DAYS)),
        confirmed=await institutions.confirmed_findings(session, code, 50),
    )

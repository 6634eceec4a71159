"""Show somebody of the desk the queue, and how many tips wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips.domain.access import Viewer
from services.tips.domain.due import DueStep, soon_until
from services.tips.domain.tip import Status, Tip
from services.tips.storage import deadlines, institutions, queue
from services.tips.storage.queue import Wanted


@dataclass(frozen=True, slots=True)
class QueuedTip:
    """A tip in the queue with what is due of it."""

    tip: Tip
    steps: Sequence[DueStep]
    sorted_by: date
    """Day of what is due next; far off where nothing is."""
    institution_name: str | None = None
    """Name of the institution it is about, where the registry has told one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many tips wait, for somebody of the desk."""

    received: int
    accepted: int
    soon: int
    overdue: int
    escalated: int
    unassigned: int
    decided: int
    """Wait for their closing."""
    rewards: int
    """Wait for approvals of the reward that is proposed."""


class ReadQueue:
    """Lists the tips that somebody may see."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def by_arrival(
        self, viewer: Viewer, wanted: Wanted, *, overdue: bool, after: UUID | None, limit: int
    ) -> tuple[list[Tip], date]:
        """Return tips by day of arrival, and the day by which overdue is told."""
        today = business_date(self._clock.now())
        if overdue:
            wanted = replace(wanted, overdue_on=today)
        async with self._database.reading() as session:
            found = await queue.list_by_arrival(session, viewer, wanted, after=after, limit=limit)
        return found, today

    async def by_deadline(
        self,
        viewer: Viewer,
        wanted: Wanted,
        *,
        overdue: bool,
        soon: bool,
        after: tuple[date, UUID] | None,
        limit: int,
    ) -> tuple[list[QueuedTip], Waiting, date]:
        """Return the most urgent tips first, the numbers of those that wait, and the present business date."""
        today = business_date(self._clock.now())
        near = soon_until(today, self._is_working_day)
        if overdue:
            wanted = replace(wanted, overdue_on=today)
        if soon:
            wanted = replace(wanted, due_until=near)
        async with self._database.reading() as session:
            found = await queue.list_by_deadline(session, viewer, wanted, after=after, limit=limit)
            due = await deadlines.of_tips(session, [tip.id for tip, _ in found])
            names = await institutions.names_of(session, {code for tip, _ in found if (code := _about(tip))})
            numbers = await queue.count(
                session,
                viewer,
                [
                    Wanted(status=Status.RECEIVED),
                    Wanted(status=Status.ACCEPTED),
                    Wanted(due_until=near),
                    Wanted(overdue_on=today),
                    Wanted(escalated=True),
                    Wanted(unassigned=True),
                    Wanted(decided=True),
                    Wanted(rewardable=True),
                ],
            )
        queued = [
            QueuedTip(
                tip,
                [DueStep(each, each.nearness(today, self._is_working_day)) for each in due[tip.id]],
                day,
                names.get(_about(tip) or ""),
            )
            for tip, day in found
        ]
        return queued, Waiting(*numbers), today


def _about(tip: Tip) -> str | None:
    return tip.institution_code or tip.reported_institution_code

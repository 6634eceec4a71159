"""Show handlers the queue and one tip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Unavailable
from services.tips.domain.case_value import Entry
from services.tips.domain.handling_log import LogEntry
from services.tips.domain.reward_claim import Reward
from services.tips.domain.tip import Status, Tip
from services.tips.storage import case_values, handling_log, messages, rewards, tips
from services.tips.storage.messages import SealedMessage
from services.tips.storage.sealing import TeamReader, TipContent, Unreadable
from services.tips.storage.tips import SealedTip
from services.tips.use_cases.errors import no_such_tip


@dataclass(frozen=True, slots=True, repr=False)
class HandlerMessage:
    """A message as a handler reads it."""

    author: Literal["reporter", "handler"]
    handler: str | None
    posted_on: date
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class HandledTip:
    """One tip on one page."""

    tip: Tip
    entries: Sequence[Entry]
    reward: Reward | None
    log: Sequence[LogEntry]
    content: TipContent | None
    """None for readers who do not handle tips, and in a process without the team's key."""
    messages: Sequence[HandlerMessage] | None


class ReadQueue:
    """Lists tips for handling."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self, *, after: UUID | None, status: Status | None, overdue: bool, limit: int
    ) -> tuple[list[Tip], date]:
        """Return tips by day of arrival, and the day by which overdue is told."""
        today = business_date(self._clock.now())
        async with self._database.reading() as session:
            found = await tips.list_tips(
                session, after=after, status=status, overdue_on=today if overdue else None, limit=limit
            )
        return found, today


class ReadTip:
    """Opens one tip."""

    def __init__(self, database: Database, clock: Clock, reader: TeamReader) -> None:
        self._database = database
        self._clock = clock
        self._reader = reader

    async def __call__(self, tip_id: UUID, *, with_content: bool) -> tuple[HandledTip, date]:
        """Return the tip and the present business date; raises NotFound, and Unavailable for unreadable content."""
        async with self._database.reading() as session:
            tip = await tips.find_tip(session, tip_id)
            sealed = await tips.find_sealed(session, tip_id)
            if tip is None or sealed is None:
                raise no_such_tip()
            conversation = await messages.list_messages(session, tip_id)
            entries = await case_values.list_entries(session, tip_id)
            reward = await rewards.find_reward(session, tip_id)
            log = await handling_log.list_for_tip(session, tip_id)
        content, opened = self._open(sealed, conversation) if with_content and self._reader.can_read else (None, None)
        return HandledTip(tip, entries, reward, log, content, opened), business_date(self._clock.now())

    def _open(
        self, sealed: SealedTip, conversation: Sequence[SealedMessage]
    ) -> tuple[TipContent, list[HandlerMessage]]:
        try:
            content = self._reader.tip(sealed.text)
            opened = [
                HandlerMessage(
                    message.author, message.handler, message.posted_on, self._reader.message(message.for_team)
                )
                for message in conversation
            ]
        except Unreadable as error:
            raise Unavailable(
                "tip_unreadable",
                zh="本进程的密钥无法解开该举报。",
                en="The key of this process does not open this tip.",
            ) from error
        return content, opened

"""Show handlers one tip."""

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
from services.tips.domain.tip import Tip
from services.tips.storage import attachments, case_values, handling_log, messages, rewards, tips
from services.tips.storage.attachments import FileDescription, StoredFile, opened_description
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
class HandlerFile:
    """A file as a handler sees it."""

    file: StoredFile
    description: FileDescription


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
    files: Sequence[HandlerFile] | None = None


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
            if tip is None:
                raise no_such_tip()
            conversation = await messages.list_messages(session, tip_id)
            entries = await case_values.list_entries(session, tip_id)
            reward = await rewards.find_reward(session, tip_id)
            log = await handling_log.list_for_tip(session, tip_id)
            stored = await attachments.list_files(session, tip_id)
        # Of an erased tip there is nothing to be opened.
        readable = with_content and self._reader.can_read and sealed is not None
        content, opened, files = self._open(sealed, conversation, stored) if readable and sealed else (None, None, None)
        return HandledTip(tip, entries, reward, log, content, opened, files), business_date(self._clock.now())

    def _open(
        self, sealed: SealedTip, conversation: Sequence[SealedMessage], stored: Sequence[StoredFile]
    ) -> tuple[TipContent, list[HandlerMessage], list[HandlerFile]]:
        try:
            tip = self._reader.open(sealed.keys)
            content = tip.content(sealed.content)
            opened = [
                HandlerMessage(message.author, message.handler, message.posted_on, tip.message(message.for_team))
                for message in conversation
            ]
            files = [HandlerFile(file, opened_description(tip, file)) for file in stored]
        except Unreadable as error:
            raise Unavailable(
                "tip_unreadable",
                zh="本进程的密钥无法解开该举报。",
                en="The key of this process does not open this tip.",
            ) from error
        return content, opened, files

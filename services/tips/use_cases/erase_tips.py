"""Erase tips whose time is over: their keys are destroyed, their rows and files removed; statistics and log stay."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.tips.domain.retention import ENDINGS, RetentionPolicy, ended_before
from services.tips.domain.tip import Status
from services.tips.storage import erasing, handling_log
from services.tips.storage.attachment_files import AttachmentFiles

_BATCH = 50


class EraseTips:
    """Erases what the policy says on the first day after a tip's term; again changes nothing."""

    def __init__(self, database: Database, clock: Clock, files: AttachmentFiles, policy: RetentionPolicy) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._policy = policy

    async def __call__(self) -> int:
        """Return how many tips were erased."""
        today = business_date(self._clock.now())
        if today < self._policy.effective_from:
            return 0
        count = 0
        for outcome in ENDINGS:
            while erased := await self._batch(outcome, today):
                count += erased
        return count

    async def _batch(self, outcome: Status, today: date) -> int:
        ended_by = ended_before(self._policy, outcome, today)
        after = datetime.combine(ended_by + timedelta(days=1), time(), BUSINESS_ZONE)
        files: list[UUID] = []
        async with self._database.transaction() as session:
            due = await erasing.due_tips(
                session, outcome, ended_by=ended_by, ended_before=after, today=today, limit=_BATCH
            )
            for tip_id in due:
                files += await erasing.erase(session, tip_id, today=today, policy_version=self._policy.version)
            at = datetime.combine(today, time(), BUSINESS_ZONE)
            for tip_id in due:
                details = {"policy": self._policy.version}
                await handling_log.append(session, tip_id, at=at, actor="retention", action="erased", details=details)
        # After the commit: a crash in between leaves bytes whose key is gone, and the sweep removes them.
        self._files.remove(files)
        return len(due)

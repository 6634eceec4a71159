"""Remove files that belong to no tip: uploads whose process died, and files of erased tips."""

from datetime import datetime, time, timedelta

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.tips.storage import attachments
from services.tips.storage.attachment_files import AttachmentFiles

_BATCH = 500


class CleanFiles:
    """Sweeps the folder; a file younger than a day may still wait for its transaction and is left."""

    def __init__(self, database: Database, clock: Clock, files: AttachmentFiles) -> None:
        self._database = database
        self._clock = clock
        self._files = files

    async def __call__(self) -> int:
        """Return how many files were removed."""
        yesterday = business_date(self._clock.now()) - timedelta(days=1)
        found = self._files.stale(settled_before=datetime.combine(yesterday, time(), BUSINESS_ZONE))
        count = 0
        for start in range(0, len(found), _BATCH):
            async with self._database.reading() as session:
                orphans = await attachments.unknown_among(session, found[start : start + _BATCH])
            self._files.remove(orphans)
            count += len(orphans)
        return count

"""Keep a part of a visit that stands for itself: what was found (2203A), the discharge (2402)."""

from collections.abc import Mapping
from typing import Any, Literal

from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.storage import visits
from services.intake.storage.visits import Brought
from services.intake.use_cases.visits.visit_book import VisitBook
from services.intake.use_cases.visits.visit_message import VisitMessage, new_part
from services.intake.use_cases.visits.visits_together import BroughtParts, VisitsTogether


class KeepPart:
    """Keeps what came, whether its visit was registered or not; sent again, the last stands."""

    def __init__(self, book: VisitBook, together: VisitsTogether) -> None:
        self._book = book
        self._together = together

    async def __call__(
        self,
        message: VisitMessage,
        values: Mapping[str, Any],
        *,
        part: Literal["information", "discharge"],
        kind: VisitKind,
        visit_id: str,
        person: str,
        at: str,
    ) -> None:
        """Keep it, and publish the settlement that waited for it."""
        new = [new_part(values, key="", batch="", sealer=self._book.sealer, message=message)]
        brought = BroughtParts(message, visit_id, kind, person, part, "held", new)
        if await self._together.keep(brought) is not None:
            return
        async with self._book.work() as work:
            visit = await self._book.open(work, message, visit_id, kind=kind, person=person, at=at)
            await visits.add_parts(
                work.session,
                visit.visit_ref,
                Brought(part, "held", message.message_id, work.now, message.traceparent),
                new,
                replacing=("held", "cancelled"),
            )
            await self._book.touch(work, visit)

"""Look at a settlement before it is made (2206, 2303): what has come of it and what is missing; nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.intake.domain.fsi.assembly import assemble
from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.domain.fsi.visit_settlement import VisitSettlement
from services.intake.storage import visits
from services.intake.storage.visits import StoredPart
from services.intake.use_cases.visits import kept_parts
from services.intake.use_cases.visits.content_digest import digest
from services.intake.use_cases.visits.visit_book import VisitBook
from services.intake.use_cases.visits.visit_message import VisitMessage, new_part


@dataclass(frozen=True, slots=True)
class Preview:
    """What a settlement would rest upon."""

    line_count: int
    lines_fen: int
    missing: tuple[str, ...]


class PreviewSettlement:
    """Looks; raises Refused for a visit that is not there or is another person's."""

    def __init__(self, book: VisitBook) -> None:
        self._book = book

    async def __call__(
        self, message: VisitMessage, values: Mapping[str, Any], sent: VisitSettlement, *, kind: VisitKind, at: str
    ) -> Preview:
        """Return what stands at this moment."""
        async with self._book.work() as work:
            visit = await self._book.find(
                work, message.institution_code, sent.visit_id, kind=kind, person=sent.person, at=at, only_look=True
            )
            parts = await visits.parts(work.session, visit.visit_ref)
        sealed = new_part(values, key="", batch=sent.slot, sealer=self._book.sealer, message=message).sealed
        part = StoredPart(
            "settlement", "", sent.slot, "waiting", None, digest(values), sealed, message.message_id, work.now, None
        )
        gathered = kept_parts.gather(visit, parts, part, set(), self._book.sealer)
        assembly = assemble(gathered)
        return Preview(len(gathered.lines), sum(line.amount_fen for line in gathered.lines), assembly.missing)

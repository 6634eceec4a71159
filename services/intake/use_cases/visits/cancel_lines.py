"""Cancel fee lines that are not settled (2205 by batch, 2302 by serial); the same serial may then come again."""

from collections.abc import Collection

from services.intake.domain.fsi.refusal import refused
from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.storage import visits
from services.intake.use_cases.visits.visit_book import VisitBook


class CancelLines:
    """Cancels lines; cancelling what is not there, or no longer, changes nothing."""

    def __init__(self, book: VisitBook) -> None:
        self._book = book

    async def __call__(
        self,
        institution_code: str,
        visit_id: str,
        *,
        kind: VisitKind,
        person: str,
        at: str,
        batch: str | None = None,
        serials: Collection[str] | None = None,
    ) -> int:
        """Cancel lines of one batch, of these serials, or with neither all that are free; return how many.

        Raises Refused (``visit_settled``) when a settlement took one of those that are named.
        """
        async with self._book.work() as work:
            visit = await self._book.find(work, institution_code, visit_id, kind=kind, person=person, at=at)
            session, ref = work.session, visit.visit_ref
            named = batch is not None or serials is not None
            if named and await visits.has_settled_line(session, ref, batch=batch, serials=serials):
                raise refused(f"{at}/mdtrt_id", "visit_settled")
            cancelled = await visits.cancel_lines(session, ref, batch=batch, serials=serials)
            if cancelled:
                await self._book.conclude(work, visit)
        return cancelled

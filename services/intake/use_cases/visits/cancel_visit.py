"""Cancel a registration (2202), an admission (2404) or a discharge (2405)."""

from services.intake.domain.fsi.refusal import refused
from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.storage import visits
from services.intake.use_cases.visits.visit_book import VisitBook

_EVERYTHING = ("registration", "information", "discharge", "line")


class CancelVisit:
    """Cancels a visit that is not settled; asked again, it changes nothing."""

    def __init__(self, book: VisitBook) -> None:
        self._book = book

    async def __call__(self, institution_code: str, visit_id: str, *, kind: VisitKind, person: str, at: str) -> None:
        """Cancel; raises Refused (``visit_settled``) while a settlement of it stands."""
        async with self._book.work() as work:
            visit = await self._book.find(work, institution_code, visit_id, kind=kind, person=person, at=at)
            if visit.state == "cancelled":
                return
            known = await visits.settlements(work.session, visit.visit_ref)
            if any(part.state in {"waiting", "complete"} for part in known):
                raise refused(f"{at}/mdtrt_id", "visit_settled")
            await visits.cancel_parts(work.session, visit.visit_ref, _EVERYTHING)
            await visits.save(
                work.session, visit.visit_ref, state="cancelled", missing=[], now=work.now, expires_at=None
            )

    async def discharge(self, institution_code: str, visit_id: str, *, person: str, at: str) -> None:
        """Take a discharge back; raises Refused (``visit_settled``) while the stay's settlement stands complete."""
        async with self._book.work() as work:
            visit = await self._book.find(work, institution_code, visit_id, kind="inpatient", person=person, at=at)
            known = await visits.settlements(work.session, visit.visit_ref)
            if any(part.state == "complete" and not part.batch for part in known):
                raise refused(f"{at}/mdtrt_id", "visit_settled")
            await visits.cancel_parts(work.session, visit.visit_ref, ("discharge",))
            await self._book.conclude(work, visit)

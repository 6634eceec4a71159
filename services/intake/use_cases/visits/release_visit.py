"""Try an expired visit again, as it stands now; what it lacks is still sent over the national interface."""

from services.intake.storage import visits
from services.intake.use_cases.quarantine.release import Kept, Outcome
from services.intake.use_cases.visits.visit_book import VisitBook


class ReleaseVisit:
    """Publishes what can be published of a visit that was given up."""

    def __init__(self, book: VisitBook) -> None:
        self._book = book

    async def __call__(self, kept: Kept) -> Outcome:
        """Return what became of it: parts that are dispensable may be missing, lines and sums may not."""
        entry = kept.entry
        assert entry.institution_code is not None  # noqa: S101 - a visit is always of an institution
        async with self._book.work() as work:
            visit_id = entry.reference.removeprefix("visit:")
            visit = await visits.find_locked(work.session, entry.institution_code, visit_id)
            if visit is None:
                return Outcome(taken=False, code="visit_unknown")
            standings = await self._book.conclude(work, visit, lenient=True)
        left = [one for one in standings.values() if one.status != "complete"]
        if not left:
            refs = [str(one.settlement_ref) for one in standings.values()]
            return Outcome(taken=True, code="created" if refs else "same", result={"settlement_refs": refs})
        problems = [problem for one in left for problem in one.problems]
        codes = [code for one in left for code in one.missing] + [problem.code for problem in problems]
        return Outcome(taken=False, code=codes[0] if codes else "left_incomplete", problems=problems)

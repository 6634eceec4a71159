"""What of an import goes into the quarantine: rejected entries of a job that takes good rows and asks for it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.api.refusals import refusal
from services.intake.domain.imports.items import Item
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Kind, Refusal
from services.intake.storage.imports import Job
from services.intake.use_cases.imports.target import Made, Outcome
from services.intake.wiring import Resources

_encode = msgspec.json.Encoder().encode


class KeepRejected:
    """Keeps rejected entries in the transaction of the rows beside them; each is named by its row."""

    def __init__(self, resources: Resources, job: Job, kind: Kind, *, sent_by: str | None = None) -> None:
        wanted = kind == "settlement" if job.quarantine is None else job.quarantine
        self._keep = resources.quarantine.keep
        self.keeps = wanted and job.mode == "good_rows" and self._keep.keeps
        self._job = job
        self._kind: Kind = kind
        self._sent_by = sent_by or job.owner
        self.sheets = 1
        """Sheets that are read; of several the row alone would not say which is meant."""

    async def __call__(
        self, session: AsyncSession, made: Sequence[Made], outcomes: Sequence[Outcome], *, now: datetime
    ) -> list[Outcome]:
        """Keep what was rejected; return the outcomes, marked where they are kept."""
        if not self.keeps:
            return list(outcomes)
        refused = [
            (position, self.refusal(one.item, outcome.problems))
            for position, (one, outcome) in enumerate(zip(made, outcomes, strict=True))
            if outcome.status == "rejected"
        ]
        return await self.mark(session, outcomes, refused, now=now)

    async def mark(
        self,
        session: AsyncSession,
        outcomes: Sequence[Outcome],
        refused: Sequence[tuple[int, Refusal | None]],
        *,
        now: datetime,
    ) -> list[Outcome]:
        """Keep refusals, each with the position of its outcome; return the outcomes, marked where they are kept."""
        marked = list(outcomes)
        found = [(position, one) for position, one in refused if one is not None]
        kept = await self._keep.within(session, [one for _, one in found], now=now, received_from=self._sent_by)
        for (position, _), held in zip(found, kept, strict=True):
            marked[position] = marked[position]._replace(kept=held)
        return marked

    def reference(self, item: Item) -> str:
        """Return where an entry stood: the job, the sheet where there are several, and the row."""
        place = item.locate("")
        sheet = f"{place.sheet + 1}:" if self.sheets > 1 else ""
        return f"import:{self._job.job_id}:{sheet}{place.row}"

    def refusal(self, item: Item, problems: Sequence[Problem]) -> Refusal | None:
        """Return an entry as it is kept."""
        found = list(problems) or [Problem("", "malformed")]
        return refusal(
            _encode(item.whole()),
            self._kind,
            found,
            code=found[0].code,
            source="import",
            reference=self.reference(item),
            caller=self._job.only_institution,
        )

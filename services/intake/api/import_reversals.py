"""Where imported reversals go: the bodies of the API, taken by its use case."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import telemetry, wiring
from services.intake.api.import_kept import KeepRejected
from services.intake.api.reversal_body import KeptReversal, decode
from services.intake.domain.imports.items import ReversalItems, Row
from services.intake.domain.imports.layout import Layout
from services.intake.domain.problem import Problem
from services.intake.storage.imports import Job
from services.intake.use_cases.imports.target import Made, Outcome
from services.intake.use_cases.reverse_settlement import Reversed
from services.intake.wiring import Resources

_encode = msgspec.json.Encoder().encode


class _Prepared(NamedTuple):
    made: Sequence[Made]
    now: datetime
    created: list[int]
    """How many were taken, once they are."""


class ReversalTarget:
    """Takes the reversals of a file."""

    grouped = True
    late = True

    def __init__(self, resources: Resources, job: Job) -> None:
        self._reverse = wiring.build_reverse_settlements(resources)
        self._clock = resources.clock
        self._job = job
        self._keep = KeepRejected(resources, job, "reversal")
        self._items: ReversalItems | None = None

    def lay_out(self, layout: Layout) -> None:
        """Learn which columns there are."""
        self._keep.sheets = len(layout.sheets)
        named = self._job.institution_code
        self._items = ReversalItems(layout, defaults={} if named is None else {"institution_code": named})

    def key(self, row: Row) -> str | None:
        """Return what the rows of one reversal share."""
        assert self._items is not None  # noqa: S101 - laid out before anything is read
        return self._items.key(row)

    def make(self, rows: Sequence[Row]) -> Made:
        """Make a reversal of its rows."""
        assert self._items is not None  # noqa: S101 - laid out before anything is made
        item = self._items.make(rows)
        found = decode(_encode(item.body), KeptReversal)
        only = self._job.only_institution
        if only is not None and item.body.get("institution_code") != only:
            return Made(item, [Problem("/institution_code", "other_institution")])
        if item.notes:
            problems = [Problem(note.pointer, note.code) for note in item.notes]
            return Made(item, [*problems, *found] if isinstance(found, list) else problems)
        return Made(item, found)

    async def prepare(self, made: Sequence[Made]) -> _Prepared:
        """Leave everything to the storing, where settlements are locked."""
        return _Prepared(made, self._clock.now(), [])

    async def store(self, session: AsyncSession, prepared: _Prepared) -> list[Outcome]:
        """Take what was prepared, within a transaction of the job."""
        posted: list[KeptReversal | list[Problem]] = [one.posted for one in prepared.made]
        wanted = [one.to_domain(one.institution_code, one.settlement_id) for one in posted if not isinstance(one, list)]
        answers = iter(await self._reverse.within(session, wanted))
        outcomes = [Outcome("rejected", one) if isinstance(one, list) else _outcome(next(answers)) for one in posted]
        prepared.created.append(sum(one.status == "created" for one in outcomes))
        return await self._keep(session, prepared.made, outcomes, now=prepared.now)

    def ended(self, prepared: _Prepared, *, committed: bool) -> None:
        """Learn how that transaction ended."""
        if committed:
            telemetry.REVERSALS.add(sum(prepared.created), {"service": "intake"})


def _outcome(answer: Reversed) -> Outcome:
    if answer.status in {"created", "same"}:
        return Outcome("created" if answer.status == "created" else "same")
    pointer = "/settlement_id" if answer.status == "unknown" else "/reversal_id"
    return Outcome("rejected", answer.problems or [Problem(pointer, answer.code or "malformed")])

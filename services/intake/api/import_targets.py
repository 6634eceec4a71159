"""Where imported entries go: the bodies of the API, examined and stored by the use cases of the API."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import wiring
from services.intake.api.import_kept import KeepRejected
from services.intake.api.import_registry import RegistryTarget
from services.intake.api.import_reversals import ReversalTarget
from services.intake.api.movement_body import MOVEMENT
from services.intake.api.refusals import settlement_refusal
from services.intake.api.settlement_body import decode
from services.intake.domain.imports.items import Item, Row, RowItems, SettlementItems
from services.intake.domain.imports.layout import Layout
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Refusal
from services.intake.storage.imports import Job
from services.intake.use_cases.accept_settlements import Answer, Prepared
from services.intake.use_cases.imports.target import Made, Outcome, Target, Targets
from services.intake.use_cases.take_movements import MovementAnswer, PostedOrNot
from services.intake.use_cases.take_movements import Prepared as PreparedMovements
from services.intake.wiring import Resources

_encode = msgspec.json.Encoder().encode


def targets(resources: Resources) -> Targets:
    """Return what gives a job its target."""

    def target(job: Job) -> Target:
        if job.kind == "settlements":
            return _Settlements(resources, job)
        if job.kind == "reversals":
            return ReversalTarget(resources, job)
        if job.kind == "stock":
            return _Movements(resources, job)
        return RegistryTarget(resources, job)

    return target


def _defaults(job: Job) -> dict[str, Any]:
    return {} if job.institution_code is None else {"institution_code": job.institution_code}


def _noted(item: Item) -> list[Problem]:
    return [Problem(note.pointer, note.code) for note in item.notes]


def _outcome(answer: Answer | MovementAnswer, own_id: str) -> Outcome:
    if answer.status == "conflict":
        return Outcome("rejected", [Problem(own_id, answer.code or "settlement_differs")])
    return Outcome(answer.status, answer.problems, bool(answer.doubts))


class _PreparedSettlements(NamedTuple):
    prepared: Prepared
    made: Sequence[Made]


class _Settlements:
    grouped = True
    late = False

    def __init__(self, resources: Resources, job: Job) -> None:
        self._accept = wiring.build_accept_settlements(resources)
        self._keep = KeepRejected(resources, job, "settlement")
        self._job = job
        self._items: SettlementItems | None = None

    def lay_out(self, layout: Layout) -> None:
        self._keep.sheets = len(layout.sheets)
        self._items = SettlementItems(layout, defaults=_defaults(self._job))

    def key(self, row: Row) -> str | None:
        assert self._items is not None  # noqa: S101 - laid out before anything is read
        return self._items.key(row)

    def make(self, rows: Sequence[Row]) -> Made:
        assert self._items is not None  # noqa: S101 - laid out before anything is made
        item = self._items.make(rows)
        candidate = decode(_encode(item.body))
        if item.notes:
            candidate = candidate._replace(problems=[*_noted(item), *candidate.problems])
        return Made(item, candidate)

    async def prepare(self, made: Sequence[Made]) -> _PreparedSettlements:
        prepared = await self._accept.prepare([one.posted for one in made], only_institution=self._job.only_institution)
        return _PreparedSettlements(prepared, made)

    async def store(self, session: AsyncSession, prepared: _PreparedSettlements) -> list[Outcome]:
        answers = await self._accept.store_within(session, prepared.prepared)
        outcomes = [_outcome(answer, "/settlement_id") for answer in answers]
        refused = [
            (position, self._refusal(one, answer))
            for position, (one, answer) in enumerate(zip(prepared.made, answers, strict=True))
        ]
        return await self._keep.mark(session, outcomes, refused, now=prepared.prepared.now)

    def ended(self, prepared: _PreparedSettlements, *, committed: bool) -> None:
        self._accept.ended(prepared.prepared, committed=committed)

    def _refusal(self, made: Made, answer: Answer) -> Refusal | None:
        """Return what goes into the quarantine of an item: it is kept with the rows that were taken, or not at all."""
        if answer.status == "created" or not self._keep.keeps:
            return None
        return settlement_refusal(
            _encode(made.item.whole()),
            answer,
            source="import",
            reference=self._keep.reference(made.item),
            caller=self._job.only_institution,
        )


class _Taken(NamedTuple):
    prepared: PreparedMovements
    made: Sequence[Made]


class _Movements:
    grouped = False
    late = False

    def __init__(self, resources: Resources, job: Job) -> None:
        self._keep = KeepRejected(resources, job, "movement")
        self._take = wiring.build_take_movements(resources)
        self._job = job
        self._items: RowItems | None = None

    def lay_out(self, layout: Layout) -> None:
        self._keep.sheets = len(layout.sheets)
        self._items = RowItems(layout, defaults=_defaults(self._job))

    def key(self, row: Row) -> None:
        del row

    def make(self, rows: Sequence[Row]) -> Made:
        assert self._items is not None  # noqa: S101 - laid out before anything is made
        item = self._items.make(rows)
        movement, problems = MOVEMENT.decode(_encode(item.body))
        if item.notes:
            return Made(item, PostedOrNot(None, [*_noted(item), *problems]))
        return Made(item, PostedOrNot(movement, problems))

    async def prepare(self, made: Sequence[Made]) -> _Taken:
        posted = [one.posted for one in made]
        return _Taken(await self._take.prepare(posted, only_institution=self._job.only_institution), made)

    async def store(self, session: AsyncSession, prepared: _Taken) -> list[Outcome]:
        await self._take.store_within(session, prepared.prepared)
        answers = [answer for answer in prepared.prepared.answers if answer is not None]
        outcomes = [_outcome(answer, "/movement_id") for answer in answers]
        return await self._keep(session, prepared.made, outcomes, now=prepared.prepared.now)

    def ended(self, prepared: _Taken, *, committed: bool) -> None:
        if committed:
            self._take.ended(prepared.prepared)

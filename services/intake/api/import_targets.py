"""Where imported entries go: the bodies of the API, examined and stored by the use cases of the API."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import wiring
from services.intake.api.movement_body import MOVEMENT
from services.intake.api.refusals import settlement_refusal
from services.intake.api.registry_models import (
    CodedDepartment,
    CodedInstitution,
    CodedPractitioner,
    InsuredPersonEntry,
    Stated,
)
from services.intake.api.settlement_body import decode
from services.intake.domain.imports.items import Item, Row, RowItems, SettlementItems
from services.intake.domain.imports.layout import Layout
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Refusal
from services.intake.domain.registry_fields import Declaration
from services.intake.storage.imports import Job
from services.intake.use_cases.accept_settlements import Answer, Prepared
from services.intake.use_cases.change_registry import Recorded
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
        if job.kind == "stock":
            return _Movements(resources, job)
        return _Registry(resources, job)

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
        self._keep = resources.quarantine.keep
        self._job = job
        self._items: SettlementItems | None = None

    def lay_out(self, layout: Layout) -> None:
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
        refusals = [self._refusal(*each) for each in zip(prepared.made, answers, strict=True)]
        await self._keep.within(
            session,
            [one for one in refusals if one is not None],
            now=prepared.prepared.now,
            received_from=self._job.owner,
        )
        return [_outcome(answer, "/settlement_id") for answer in answers]

    def ended(self, prepared: _PreparedSettlements, *, committed: bool) -> None:
        self._accept.ended(prepared.prepared, committed=committed)

    def _refusal(self, made: Made, answer: Answer) -> Refusal | None:
        """Return what goes into the quarantine of an item: it is kept with the rows that were taken, or not at all."""
        if answer.status == "created" or not self._keep.keeps:
            return None
        row = made.item.locate("/settlement_id").row
        return settlement_refusal(
            _encode(made.item.body),
            answer,
            source="import",
            reference=f"import:{self._job.job_id}:{row}",
            caller=self._job.only_institution,
        )


class _Movements:
    grouped = False
    late = False

    def __init__(self, resources: Resources, job: Job) -> None:
        self._take = wiring.build_take_movements(resources)
        self._job = job
        self._items: RowItems | None = None

    def lay_out(self, layout: Layout) -> None:
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

    async def prepare(self, made: Sequence[Made]) -> PreparedMovements:
        return await self._take.prepare([one.posted for one in made], only_institution=self._job.only_institution)

    async def store(self, session: AsyncSession, prepared: PreparedMovements) -> list[Outcome]:
        await self._take.store_within(session, prepared)
        return [_outcome(answer, "/movement_id") for answer in prepared.answers if answer is not None]

    def ended(self, prepared: PreparedMovements, *, committed: bool) -> None:
        if committed:
            self._take.ended(prepared)


class _Declared(NamedTuple):
    declaration: Declaration | None
    problems: list[Problem]


class _PreparedEntries:
    def __init__(self, declared: list[_Declared]) -> None:
        self.declared = declared
        self.recorded: Recorded | None = None


class _Registry:
    grouped = False
    late = True

    def __init__(self, resources: Resources, job: Job) -> None:
        self._change = wiring.build_change_registry(resources)
        self._job = job
        self._model, self._declare = _entry_of(resources, job)
        self._items: RowItems | None = None

    def lay_out(self, layout: Layout) -> None:
        defaults = _defaults(self._job) if self._job.kind == "departments" else {}
        self._items = RowItems(layout, defaults=defaults)

    def key(self, row: Row) -> None:
        del row

    def make(self, rows: Sequence[Row]) -> Made:
        assert self._items is not None  # noqa: S101 - laid out before anything is made
        item = self._items.make(rows)
        problems = _noted(item)
        declaration = None
        try:
            declaration = self._declare(self._model.model_validate_json(_encode(item.body)))
        except ValidationError as error:
            problems += [_problem(found["loc"], found["type"]) for found in error.errors()]
        only = self._job.only_institution
        if only is not None and item.body.get("institution_code") != only:
            problems.append(Problem("/institution_code", "other_institution"))
        return Made(item, _Declared(None if problems else declaration, problems))

    async def prepare(self, made: Sequence[Made]) -> _PreparedEntries:
        return _PreparedEntries([one.posted for one in made])

    async def store(self, session: AsyncSession, prepared: _PreparedEntries) -> list[Outcome]:
        declared = [one.declaration for one in prepared.declared if one.declaration is not None]
        recorded = await self._change.within(session, declared, source=self._job.source)
        prepared.recorded = recorded
        answers = iter(recorded.answers)
        outcomes = []
        for one in prepared.declared:
            if one.declaration is None:
                outcomes.append(Outcome("rejected", one.problems))
                continue
            answer = next(answers)
            outcomes.append(Outcome("created" if answer.status == "changed" else answer.status, answer.problems))
        prepared.declared = []
        return outcomes

    def ended(self, prepared: _PreparedEntries, *, committed: bool) -> None:
        if committed and prepared.recorded is not None:
            self._change.ended(prepared.recorded)


def _entry_of(resources: Resources, job: Job) -> tuple[type[Stated], Callable[[Any], Declaration]]:
    if job.kind == "institutions":
        return CodedInstitution, lambda body: body.to_declaration(body.code)
    if job.kind == "practitioners":
        return CodedPractitioner, lambda body: body.to_declaration(body.code)
    if job.kind == "departments":
        return CodedDepartment, lambda body: body.to_declaration(body.institution_code, body.code)
    key = resources.pseudonym_key
    return InsuredPersonEntry, lambda body: body.to_declaration(key)


def _problem(location: tuple[int | str, ...], kind: str) -> Problem:
    return Problem("".join(f"/{step}" for step in location), "missing" if kind == "missing" else "type")

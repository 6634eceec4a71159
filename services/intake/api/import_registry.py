"""Where imported entries of the registry go: the bodies of the API, recorded by its use case."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import wiring
from services.intake.api.body_problems import problem_at
from services.intake.api.import_kept import KeepRejected
from services.intake.api.registry_models import ENTRIES, declared
from services.intake.domain.imports.items import Row, RowItems
from services.intake.domain.imports.layout import Layout
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Kind
from services.intake.domain.registry_fields import Declaration
from services.intake.storage.imports import Job
from services.intake.use_cases.change_registry import Recorded
from services.intake.use_cases.imports.target import Made, Outcome
from services.intake.wiring import Resources

_encode = msgspec.json.Encoder().encode

KINDS: dict[str, Kind] = {
    "institutions": "institution",
    "departments": "department",
    "practitioners": "practitioner",
    "insured_persons": "insured_person",
}


class _Declared(NamedTuple):
    declaration: Declaration | None
    problems: list[Problem]


class _PreparedEntries:
    def __init__(self, made: Sequence[Made]) -> None:
        self.made = made
        self.recorded: Recorded | None = None


class RegistryTarget:
    """Records the rows of a file of the registry."""

    grouped = False
    late = True

    def __init__(self, resources: Resources, job: Job) -> None:
        self._change = wiring.build_change_registry(resources)
        self._clock = resources.clock
        self._pseudonym_key = resources.pseudonym_key
        self._job = job
        self._kind = KINDS[job.kind]
        # Who said it must be known when it is released: it becomes the source of the statement.
        self._keep = KeepRejected(resources, job, self._kind, sent_by=job.source)
        self._items: RowItems | None = None

    def lay_out(self, layout: Layout) -> None:
        """Learn which columns there are."""
        of_institution = self._kind == "department" and self._job.institution_code is not None
        self._keep.sheets = len(layout.sheets)
        defaults: dict[str, Any] = {"institution_code": self._job.institution_code} if of_institution else {}
        self._items = RowItems(layout, defaults=defaults)

    def key(self, row: Row) -> None:
        """Return nothing: no row belongs to another."""
        del row

    def make(self, rows: Sequence[Row]) -> Made:
        """Make an entry of a row."""
        assert self._items is not None  # noqa: S101 - laid out before anything is made
        item = self._items.make(rows)
        problems = [Problem(note.pointer, note.code) for note in item.notes]
        declaration = None
        try:
            body = ENTRIES[self._kind].model_validate_json(_encode(item.body))
            declaration = declared(self._kind, body, self._pseudonym_key)
        except ValidationError as error:
            problems += [problem_at(found["loc"], found["type"]) for found in error.errors(include_input=False)]
        only = self._job.only_institution
        if only is not None and item.body.get("institution_code") != only:
            # First, for that it is another's is why nothing of it is kept.
            problems.insert(0, Problem("/institution_code", "other_institution"))
        return Made(item, _Declared(None if problems else declaration, problems))

    async def prepare(self, made: Sequence[Made]) -> _PreparedEntries:
        """Leave everything to the storing."""
        return _PreparedEntries(made)

    async def store(self, session: AsyncSession, prepared: _PreparedEntries) -> list[Outcome]:
        """Record what was prepared, within a transaction of the job."""
        posted: list[_Declared] = [one.posted for one in prepared.made]
        sound = [one.declaration for one in posted if one.declaration is not None]
        recorded = await self._change.within(session, sound, source=self._job.source)
        prepared.recorded = recorded
        answers = iter(recorded.answers)
        outcomes = []
        for one in posted:
            if one.declaration is None:
                outcomes.append(Outcome("rejected", one.problems))
                continue
            answer = next(answers)
            outcomes.append(Outcome("created" if answer.status == "changed" else answer.status, answer.problems))
        made, prepared.made = prepared.made, ()
        return await self._keep(session, made, outcomes, now=self._clock.now())

    def ended(self, prepared: _PreparedEntries, *, committed: bool) -> None:
        """Learn how that transaction ended."""
        if committed and prepared.recorded is not None:
            self._change.ended(prepared.recorded)

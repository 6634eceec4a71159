"""What the registry held on the day of service of each settlement, and where a settlement disagrees with it."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from services.contracts.intake import InstitutionAtService, Sex
from services.intake import events
from services.intake.domain.examination import Examination
from services.intake.domain.problem import Problem
from services.intake.domain.registration import department_ref
from services.intake.domain.registry_fields import Key
from services.intake.domain.settlement import PostedSettlement
from services.intake.events import HeldAtService
from services.intake.use_cases.known_registry import Known, KnownRegistry
from services.kit.pseudonym import pseudonym

AT_ONCE = 100
"""Settlements that are looked at before others get their turn: about a millisecond."""


class AtService(NamedTuple):
    """What held on the day of service."""

    insured_ref: str
    held: HeldAtService | None
    """None when the institution is not registered at all."""
    doubts: Sequence[Problem] = ()
    sex: Sex | None = None
    """Sex by the registry, where the settlement has none."""
    age_days: int | None = None
    """Age by the registry, where the settlement has no birth date."""


class _Chunk:
    """What is known of a chunk's objects, and what follows from it for a day, worked out once."""

    __slots__ = ("institutions", "known", "practitioners")

    def __init__(self, known: Known) -> None:
        self.known = known
        self.institutions: dict[tuple[str, date], tuple[InstitutionAtService | None, bool]] = {}
        self.practitioners: dict[tuple[str, str, date], str | None] = {}


class RegistryAtService:
    """Asks for all that a chunk of settlements needs in one query, then answers for each of them."""

    def __init__(self, known: KnownRegistry, *, pseudonym_key: bytes, practitioners_complete: bool = False) -> None:
        self._known = known
        self._pseudonym_key = pseudonym_key
        self._complete = practitioners_complete

    async def __call__(self, sound: Iterable[tuple[PostedSettlement, Examination]]) -> list[AtService]:
        """Return what held for each settlement, in order."""
        chunk = list(sound)
        refs = [pseudonym(settlement.insured_person.number, self._pseudonym_key) for settlement, _ in chunk]
        wanted: set[Key] = set()
        for settlement, _ in chunk:
            wanted.add(("institution", settlement.institution_code))
            if settlement.department_code is not None:
                wanted.add(("department", department_ref(settlement.institution_code, settlement.department_code)))
            wanted |= {("practitioner", code) for code in _practitioners(settlement)}
        if await self._known.holds_any("insured_person"):
            wanted |= {("insured_person", ref) for ref in refs}
        together = _Chunk(await self._known(wanted))
        answers = []
        for (settlement, examined), ref in zip(chunk, refs, strict=True):
            answers.append(self._one(together, settlement, examined, ref))
            if len(answers) % AT_ONCE == 0:
                await asyncio.sleep(0)
        return answers

    def _one(
        self,
        chunk: _Chunk,
        settlement: PostedSettlement,
        examined: Examination,
        insured_ref: str,
    ) -> AtService:
        known, day = chunk.known, examined.service_date
        key = (settlement.institution_code, day)
        if key not in chunk.institutions:
            chunk.institutions[key] = _institution(known, *key)
        institution, under_agreement = chunk.institutions[key]
        if institution is None:
            return AtService(insured_ref, None)
        doubts = [] if under_agreement else [Problem("/institution_code", "institution_inactive")]
        doubts += self._practitioner_doubts(chunk, settlement, day)
        attending = known.practitioner(settlement.practitioner_code or "").on(day)
        department = known.department(department_ref(settlement.institution_code, settlement.department_code or "")).on(
            day
        )
        posted = settlement.insured_person
        sex: Sex | None = None
        age_days: int | None = None
        person = known.insured_person(insured_ref).on(day)
        if person is not None:
            doubts += person.doubts_about(sex=posted.sex, birth_date=posted.birth_date, service_date=day)
            sex = person.sex if posted.sex == "unknown" != person.sex else None
            if posted.birth_date is None and person.birth_date is not None and person.birth_date <= day:
                age_days = (day - person.birth_date).days
        return AtService(
            insured_ref,
            HeldAtService(
                institution,
                attending.category if attending else None,
                attending.title if attending else None,
                department.standard_code if department else None,
            ),
            doubts,
            sex,
            age_days,
        )

    def _practitioner_doubts(self, chunk: _Chunk, settlement: PostedSettlement, day: date) -> list[Problem]:
        found = []
        for code in _practitioners(settlement):
            key = (settlement.institution_code, code, day)
            if key not in chunk.practitioners:
                chunk.practitioners[key] = self._practitioner_doubt(chunk.known, *key)
            if (wrong := chunk.practitioners[key]) is not None:
                found.append(Problem(_pointer(settlement, code), wrong))
        return sorted(found)

    def _practitioner_doubt(self, known: Known, institution_code: str, code: str, day: date) -> str | None:
        held = known.practitioner(code)
        if not held:
            return "practitioner_unknown" if self._complete else None
        present = held.on(day)
        works = present is not None and present.works_at(institution_code, day)
        return None if works else "practitioner_not_registered"


def _practitioners(settlement: PostedSettlement) -> set[str]:
    codes = {line.practitioner_code for line in settlement.lines}
    codes.add(settlement.practitioner_code)
    codes.discard(None)
    return codes  # type: ignore[return-value]  # None was just taken out


def _pointer(settlement: PostedSettlement, code: str) -> str:
    """Point to the first place where a practitioner is named."""
    if settlement.practitioner_code == code:
        return "/practitioner_code"
    position = next(index for index, line in enumerate(settlement.lines) if line.practitioner_code == code)
    return f"/lines/{position}/practitioner_code"


def _institution(known: Known, code: str, day: date) -> tuple[InstitutionAtService | None, bool]:
    """Return an institution as it was on a day, or nearest to it, and whether it then had an agreement."""
    held = known.institution(code)
    if not held:
        return None, False
    present = held.on(day)
    under_agreement = present is not None and present.holds_agreement_on(day)
    return events.institution_at_service(present or held.nearest(day), under_agreement=under_agreement), under_agreement

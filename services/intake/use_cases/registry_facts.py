"""What the registry holds, said as facts: the whole history of an object each time, names left out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar

from services.contracts import Fact, intake
from services.contracts import registry as registered
from services.intake.domain import registry_fields
from services.intake.domain.effective import Fields, Period, Statement, Timeline, counting, timeline
from services.intake.domain.insured_person import InsuredPerson
from services.intake.domain.registration import Department
from services.intake.domain.registry import Institution, Practitioner
from services.intake.domain.registry_fields import Key

T = TypeVar("T")


def fact_of(key: Key, periods: Sequence[Period], statements: Sequence[Statement], today: date) -> Fact | None:
    """State how an object reads; None while too little was said of it."""
    kind, code = key
    match kind:
        case "institution":
            return _institution(_spells(periods, partial(registry_fields.institution_of, code)), today)
        case "practitioner":
            return _practitioner(_spells(periods, partial(_nameless_practitioner, code)), today)
        case "department":
            return _department(code, _spells(periods, partial(registry_fields.department_of, code)))
        case "insured_person":
            spells = _spells(periods, partial(registry_fields.insured_person_of, code))
            return _insured_person(code, spells, statements)


def _spells(periods: Sequence[Period], read: Callable[[Fields], T | None]) -> Timeline[T]:
    return timeline(periods, read)


def _nameless_practitioner(code: str, fields: Fields) -> Practitioner | None:
    one = registry_fields.practitioner_of(code, fields)
    return None if one is None else replace(one, name="", licence=None)


def _institution(spells: Timeline[Institution], today: date) -> intake.InstitutionChanged | None:
    if not spells:
        return None
    present, nearest = spells.on(today), spells.nearest(today)
    return intake.InstitutionChanged(
        institution_code=nearest.code,
        kind=nearest.kind,
        level=nearest.level,
        region=nearest.region,
        active=present is not None and present.active,
        agreement_from=nearest.agreement_from,
        agreement_until=nearest.agreement_until,
        name=nearest.name or None,
        status=nearest.state,
        category=nearest.category,
        scope=nearest.scope,
        periods=tuple(
            registered.InstitutionPeriod(
                effective_from=since,
                effective_until=until,
                level=one.level,
                region=one.region,
                status=one.state,
                agreement_from=one.agreement_from,
                agreement_until=one.agreement_until,
                category=one.category,
                scope=one.scope,
            )
            for since, until, one in spells
        ),
    )


def _practitioner(spells: Timeline[Practitioner], today: date) -> intake.PractitionerChanged | None:
    if not spells:
        return None
    present, nearest = spells.on(today), spells.nearest(today)
    return intake.PractitionerChanged(
        practitioner_code=nearest.code,
        category=nearest.category,
        institution_codes=() if present is None else present.institution_codes,
        active=present is not None and present.active,
        title=nearest.title,
        practice_class=nearest.practice_class,
        practice_scope=nearest.practice_scope,
        periods=tuple(
            registered.PractitionerPeriod(
                effective_from=since,
                effective_until=until,
                category=one.category,
                active=one.active,
                registrations=tuple(
                    registered.Registration(
                        institution_code=place.institution_code,
                        department_code=place.department_code,
                        effective_from=place.effective_from,
                        effective_until=place.effective_until,
                    )
                    for place in one.registrations
                ),
                title=one.title,
                practice_class=one.practice_class,
                practice_scope=one.practice_scope,
            )
            for since, until, one in spells
        ),
    )


def _department(ref: str, spells: Timeline[Department]) -> intake.DepartmentChanged | None:
    if not spells:
        return None
    one = spells[-1].value
    return intake.DepartmentChanged(
        department_ref=ref,
        institution_code=one.institution_code,
        department_code=one.code,
        periods=tuple(
            registered.DepartmentPeriod(
                effective_from=since,
                effective_until=until,
                name=held.name,
                active=held.active,
                standard_code=held.standard_code,
            )
            for since, until, held in spells
        ),
    )


def _insured_person(
    insured_ref: str, spells: Timeline[InsuredPerson], statements: Sequence[Statement]
) -> intake.InsuredPersonChanged:
    periods = []
    for since, until, one in spells:
        # From a death everything may follow for others, so it goes with who said it, and when.
        said = None if one.death_date is None else counting(statements, "death_date", since)
        periods.append(
            registered.InsuredPersonPeriod(
                effective_from=since,
                effective_until=until,
                sex=one.sex,
                birth_date=one.birth_date,
                death_date=one.death_date,
                insurance_type=one.insurance_type,
                region=one.region,
                death_source=said and said.source,
                death_stated_at=said and said.stated_at,
                residence_code=one.residence_code,
                household_ref=one.household_ref,
            )
        )
    return intake.InsuredPersonChanged(insured_ref=insured_ref, periods=tuple(periods))

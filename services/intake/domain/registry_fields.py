"""Entries of the registry as the fields that statements are about, and back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from services.intake.domain import codes
from services.intake.domain.effective import ALWAYS, Fields, Period, Statement, resolve
from services.intake.domain.insured_person import InsuredPerson
from services.intake.domain.problem import Problem
from services.intake.domain.registration import Department, Registration
from services.intake.domain.registry import Institution, Practitioner

Kind = Literal["institution", "department", "practitioner", "insured_person"]
Key = tuple[Kind, str]
"""Kind and code of an object."""


_TOLERANCE = timedelta(minutes=5)
"""How far the clock of a source may be ahead of ours."""


class Declaration(NamedTuple):
    """What somebody declares about an object, before it is a statement."""

    kind: Kind
    code: str
    fields: Fields
    effective_from: date | None = None
    """None: from today; for an object that is new, since it has been there."""
    effective_until: date | None = None
    source: str | None = None
    """None: the caller."""
    stated_at: datetime | None = None
    """When the source said it; None: now, and after all that was said before."""
    problems: Sequence[Problem] = ()
    """What contradicts itself; a declaration with problems is not recorded."""

    def checked(self, now: datetime) -> Sequence[Problem]:
        """Return the problems, those of its dates included."""
        found = list(self.problems)
        if (
            self.effective_from is not None
            and self.effective_until is not None
            and self.effective_until < self.effective_from
        ):
            found.append(Problem("/effective_until", "effective_order"))
        if self.stated_at is not None and self.stated_at > now + _TOLERANCE:
            found.append(Problem("/stated_at", "stated_in_future"))
        return found


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def institution_fields(one: Institution) -> dict[str, Any]:
    """Return all that an entry says; what it leaves open it does not speak about."""
    fields: dict[str, Any] = {
        "name": one.name,
        "level": one.level,
        "region": one.region,
        "agreement_from": _text(one.agreement_from),
        "agreement_until": _text(one.agreement_until),
        "status": one.state,
    }
    if one.category is not None:
        fields["category"] = one.category
    if one.scope:
        fields["scope"] = list(one.scope)
    return fields


def institution_of(code: str, fields: Fields) -> Institution | None:
    """Return an institution; None while no source has said its level, region and agreement."""
    since = _day(fields.get("agreement_from"))
    if since is None or "level" not in fields or "region" not in fields:
        return None
    status = fields.get("status", "active")
    return Institution(
        code,
        codes.institution_kind(code),
        fields.get("name", ""),
        fields["level"],
        fields["region"],
        since,
        _day(fields.get("agreement_until")),
        status == "active",
        status,
        fields.get("category"),
        tuple(fields.get("scope", ())),
    )


def practitioner_fields(one: Practitioner) -> dict[str, Any]:
    """Return all that an entry says; what it leaves open it does not speak about."""
    places = one.registrations or tuple(Registration(code) for code in one.institution_codes)
    fields: dict[str, Any] = {
        "category": one.category,
        "name": one.name,
        "active": one.active,
        "registrations": [
            {
                name: value
                for name, value in (
                    ("institution_code", place.institution_code),
                    ("department_code", place.department_code),
                    ("effective_from", _text(place.effective_from)),
                    ("effective_until", _text(place.effective_until)),
                )
                if value is not None
            }
            for place in places
        ],
    }
    licensed = (("title", one.title), ("practice_class", one.practice_class), ("licence", one.licence))
    fields |= {name: value for name, value in licensed if value is not None}
    if one.practice_scope:
        fields["practice_scope"] = list(one.practice_scope)
    return fields


def practitioner_of(code: str, fields: Fields) -> Practitioner | None:
    """Return a practitioner; None while no source has said the category."""
    if "category" not in fields:
        return None
    places = tuple(_registration(one) for one in fields.get("registrations", ()))
    return Practitioner(
        code,
        fields["category"],
        fields.get("name", ""),
        tuple(sorted({one.institution_code for one in places})),
        fields.get("active", True),
        places,
        fields.get("title"),
        fields.get("practice_class"),
        tuple(fields.get("practice_scope", ())),
        fields.get("licence"),
    )


def _registration(one: Mapping[str, Any]) -> Registration:
    return Registration(
        one["institution_code"],
        one.get("department_code"),
        _day(one.get("effective_from")),
        _day(one.get("effective_until")),
    )


def _registration_days(fields: Fields) -> Iterable[date]:
    """Return the days on which a practitioner's registrations begin or have ended."""
    for one in map(_registration, fields.get("registrations", ())):
        if one.effective_from is not None:
            yield one.effective_from
        if one.effective_until is not None and one.effective_until < date.max:
            yield one.effective_until + timedelta(days=1)


def _registered_on(fields: Fields, day: date) -> Fields:
    if "registrations" not in fields:
        return fields
    holding = [one for one in fields["registrations"] if _registration(one).holds_on(day)]
    return {**fields, "registrations": holding}


def department_fields(one: Department) -> dict[str, Any]:
    """Return all that an entry says."""
    return {"name": one.name, "standard_code": one.standard_code, "active": one.active}


def department_of(ref: str, fields: Fields) -> Department | None:
    """Return a department; None while no source has said its name."""
    institution_code, _, code = ref.partition("/")
    if "name" not in fields:
        return None
    return Department(institution_code, code, fields["name"], fields.get("standard_code"), fields.get("active", True))


def insured_person_fields(one: InsuredPerson) -> dict[str, Any]:
    """Return all that an entry says."""
    return {
        "sex": one.sex,
        "birth_date": _text(one.birth_date),
        "insurance_type": one.insurance_type,
        "region": one.region,
        "death_date": _text(one.death_date),
        "residence_code": one.residence_code,
        "household_ref": one.household_ref,
    }


def insured_person_of(insured_ref: str, fields: Fields) -> InsuredPerson | None:
    """Return an insured person."""
    return InsuredPerson(
        insured_ref,
        fields.get("sex", "unknown"),
        _day(fields.get("birth_date")),
        fields.get("insurance_type"),
        fields.get("region"),
        _day(fields.get("death_date")),
        fields.get("residence_code"),
        fields.get("household_ref"),
    )


def periods_of(kind: Kind, statements: list[Statement]) -> list[Period]:
    """Resolve the statements about one object."""
    if kind == "practitioner":
        return resolve(statements, splits=_registration_days, project=_registered_on)
    return resolve(statements)


def effective_since(declared: Declaration, today: date, *, new: bool) -> date:
    """Return from when a declaration without a date holds.

    A change holds from today. A new institution holds from its agreement, a new entry of another kind always: nobody
    said when it began, and to take today would make everything before look unregistered.
    """
    if declared.effective_from is not None:
        return declared.effective_from
    if not new:
        return today
    if declared.kind == "institution":
        return min(today, _day(declared.fields.get("agreement_from")) or today)
    return ALWAYS


def agreement_differs_from(before: Fields, after: Fields) -> date | None:
    """Return the first day on which an agreement that now reads differently differs; None when it reads the same.

    The dates of an agreement say themselves when they hold: another beginning is another agreement, which holds from
    there, and another end changes the days behind the earlier of both ends.
    """
    if "agreement_from" not in after or before.get("agreement_from") != after["agreement_from"]:
        return _day(after.get("agreement_from"))
    ends = [before.get("agreement_until"), after.get("agreement_until")]
    if ends[0] == ends[1]:
        return None
    first = min(date.fromisoformat(end) for end in ends if end is not None)
    return first + timedelta(days=1) if first < date.max else None

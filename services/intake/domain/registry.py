"""The registry: institutions (定点医药机构) and practitioners (医保相关人员), and what holds of them on a day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from services.intake.domain import codes
from services.intake.domain.codes import InstitutionKind, PractitionerCategory
from services.intake.domain.problem import Problem
from services.intake.domain.registration import Registration

InstitutionStatus = Literal["active", "suspended", "terminated"]
"""State of the agreement (协议): in force, suspended (中止) or terminated (解除)."""


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution that has an agreement with the fund."""

    code: str
    kind: InstitutionKind
    name: str
    level: int
    """3, 2, 1, or 0 without a level."""
    region: str
    agreement_from: date
    agreement_until: date | None
    """Last day of the agreement; None when no end is known."""
    active: bool
    status: InstitutionStatus | None = None
    """None leaves it to ``active``: in force, or suspended."""
    category: str | None = None
    """Category of the institution (机构类别), such as A100 for a general hospital."""
    scope: tuple[str, ...] = ()
    """Codes of the services it is licensed for (诊疗科目)."""

    @property
    def state(self) -> InstitutionStatus:
        """State of the agreement."""
        return self.status or ("active" if self.active else "suspended")

    def problems(self) -> list[Problem]:
        """Return what contradicts itself."""
        found = []
        if self.status is not None and self.active != (self.status == "active"):
            found.append(Problem("/status", "status_differs"))
        if self.kind != codes.institution_kind(self.code):
            found.append(Problem("/kind", "kind_form"))
        if self.agreement_until is not None and self.agreement_until < self.agreement_from:
            found.append(Problem("/agreement_until", "agreement_order"))
        return found

    def holds_agreement_on(self, day: date) -> bool:
        """Tell whether services of a day are under an agreement."""
        return (
            self.active and self.agreement_from <= day and (self.agreement_until is None or day <= self.agreement_until)
        )


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A person who treats, dispenses or is responsible; the name is personal data and stays in intake."""

    code: str
    category: PractitionerCategory
    name: str
    institution_codes: tuple[str, ...]
    """Institutions where the person is registered; follows from the registrations where there are any."""
    active: bool
    registrations: tuple[Registration, ...] = ()
    title: str | None = None
    """Professional title (专业技术职务)."""
    practice_class: str | None = None
    """Class of the licence (执业类别), such as clinical, dental, traditional medicine."""
    practice_scope: tuple[str, ...] = ()
    """Scope of the licence (执业范围)."""
    licence: str | None = None
    """Number of the licence (执业证书编号); personal data, stays in intake."""

    def problems(self) -> list[Problem]:
        """Return what contradicts itself."""
        found = [] if codes.fits_category(self.code, self.category) else [Problem("/category", "category_form")]
        for position, one in enumerate(self.registrations):
            if one.department_code is not None and not codes.is_department(one.department_code):
                found.append(Problem(f"/registrations/{position}/department_code", "department_form"))
            if one.effective_from and one.effective_until and one.effective_until < one.effective_from:
                found.append(Problem(f"/registrations/{position}/effective_until", "effective_order"))
        return found

    def works_at(self, institution_code: str, day: date) -> bool:
        """Tell whether the person was registered at an institution on a day, and at work."""
        if not self.active:
            return False
        if not self.registrations:
            return institution_code in self.institution_codes
        return any(one.institution_code == institution_code and one.holds_on(day) for one in self.registrations)


class Measure(NamedTuple):
    """A suspension or termination of a practitioner's payment eligibility, as credit states it."""

    measure_id: UUID
    practitioner_code: str
    kind: Literal["suspended", "terminated"]
    effective_from: datetime
    effective_until: datetime
    """First instant at which it holds no longer by itself."""
    ended_from: datetime | None = None
    """From this instant it was lifted; equal to ``effective_from`` when it is undone from the beginning."""

    @property
    def ends_at(self) -> datetime:
        """First instant at which it holds no longer, by itself or because it was lifted."""
        return self.effective_until if self.ended_from is None else min(self.effective_until, self.ended_from)

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the measure is in force at an instant.

        A termination does not end with its ban but by a new registration, which credit states as its end
        (医保办发〔2024〕34号 Art. 39).
        """
        if self.kind == "terminated":
            return self.effective_from <= instant and (self.ended_from is None or instant < self.ended_from)
        return self.effective_from <= instant < self.ends_at


class Standing(NamedTuple):
    """Payment eligibility of a practitioner at an instant."""

    state: Literal["eligible", "suspended", "terminated"]
    until: datetime | None = None


def standing_at(measures: list[Measure], instant: datetime) -> Standing:
    """Return the gravest measure in force at an instant; termination comes before suspension."""
    in_force = [measure for measure in measures if measure.holds_at(instant)]
    if not in_force:
        return Standing("eligible")
    gravest = max(in_force, key=lambda measure: (measure.kind == "terminated", measure.ends_at))
    return Standing(gravest.kind, gravest.ends_at)

"""Where a practitioner is registered (登记备案) and since when, and departments (科室) of institutions."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.intake.domain import codes
from services.intake.domain.problem import Problem


class Registration(NamedTuple):
    """A practitioner's place of work at one institution."""

    institution_code: str
    department_code: str | None = None
    effective_from: date | None = None
    """First day; None when it is not known."""
    effective_until: date | None = None
    """Last day; None when no end is known."""

    def holds_on(self, day: date) -> bool:
        """Tell whether the practitioner was registered there on a day."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_until is None or day <= self.effective_until
        )


@dataclass(frozen=True, slots=True)
class Department:
    """A department of an institution."""

    institution_code: str
    code: str
    name: str
    standard_code: str | None = None
    """National code of the kind of department (医疗机构诊疗科目), such as 03 or 03.01."""
    active: bool = True

    @property
    def ref(self) -> str:
        """What identifies the department among those of all institutions."""
        return department_ref(self.institution_code, self.code)

    def problems(self) -> list[Problem]:
        """Return what contradicts itself."""
        found = []
        if not codes.is_department(self.code):
            found.append(Problem("/code", "department_form"))
        if self.standard_code is not None and not codes.is_department(self.standard_code):
            found.append(Problem("/standard_code", "department_form"))
        return found


def department_ref(institution_code: str, code: str) -> str:
    """Return what identifies a department among those of all institutions."""
    return f"{institution_code}/{code}"

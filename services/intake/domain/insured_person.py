"""What the registry holds of an insured person (参保人), under a pseudonym; there is no name."""

from dataclasses import dataclass
from datetime import date

from services.intake.domain import codes
from services.intake.domain.problem import Problem
from services.intake.domain.settlement import Sex


@dataclass(frozen=True, slots=True)
class InsuredPerson:
    """An insured person as far as screening needs to know one."""

    insured_ref: str
    sex: Sex
    birth_date: date | None
    insurance_type: str | None
    """National ``insutype`` (险种)."""
    region: str | None
    """Six-digit region of the place of insurance (参保地)."""
    death_date: date | None = None
    residence_code: str | None = None
    """Twelve-digit code (统计用区划代码) of the village or community of residence."""
    household_ref: str | None = None
    """Pseudonym of the household; the number itself is kept nowhere."""

    def problems(self) -> list[Problem]:
        """Return what contradicts itself."""
        found = []
        if self.insurance_type is not None and not codes.is_insurance_type(self.insurance_type):
            found.append(Problem("/insurance_type", "insurance_type_form"))
        if self.region is not None and not codes.is_region(self.region):
            found.append(Problem("/region", "region_form"))
        if self.residence_code is not None and not codes.is_residence(self.residence_code):
            found.append(Problem("/residence_code", "residence_form"))
        if self.birth_date is not None and self.death_date is not None and self.death_date < self.birth_date:
            found.append(Problem("/death_date", "died_before_birth"))
        return found

    def doubts_about(self, *, sex: Sex, birth_date: date | None, service_date: date) -> list[Problem]:
        """Return where a settlement disagrees with the registry; the day of death itself is still one of life."""
        found = []
        if "unknown" not in {sex, self.sex} and sex != self.sex:
            found.append(Problem("/insured_person/sex", "sex_differs"))
        if birth_date is not None and self.birth_date is not None and birth_date != self.birth_date:
            found.append(Problem("/insured_person/birth_date", "birth_date_differs"))
        if self.death_date is not None and self.death_date < service_date:
            found.append(Problem("/insured_person", "insured_deceased"))
        return found

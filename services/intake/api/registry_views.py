"""What the registry answers: an entry as it reads on a day, and its history."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.intake.api.registry_models import InstitutionCode, PractitionerCode, RegistrationBody
from services.intake.domain.codes import InstitutionKind, PractitionerCategory
from services.intake.domain.insured_person import InsuredPerson
from services.intake.domain.registration import Department
from services.intake.domain.registry import Institution, InstitutionStatus, Practitioner, Standing
from services.intake.domain.settlement import Sex
from services.intake.use_cases.read_registry import History, Reading


class Held(BaseModel):
    """For which days an entry reads like this, and by which source."""

    effective_from: date = Field(description="本内容生效日期 / first day of what is shown")
    effective_until: date | None = Field(description="本内容失效日期（含当日）/ last day of what is shown")
    sources: dict[str, str] = Field(description="各字段来源 / source of each field")


class InstitutionView(Held):
    """An institution on a day."""

    code: InstitutionCode
    kind: InstitutionKind
    name: str
    level: int
    region: str
    agreement_from: date
    agreement_until: date | None
    active: bool
    status: InstitutionStatus
    category: str | None
    scope: list[str]

    @classmethod
    def of(cls, reading: Reading[Institution]) -> Self:
        """Return the view of an institution."""
        one = reading.entry
        return cls(
            **_held(reading),
            code=one.code,
            kind=one.kind,
            name=one.name,
            level=one.level,
            region=one.region,
            agreement_from=one.agreement_from,
            agreement_until=one.agreement_until,
            active=one.active,
            status=one.state,
            category=one.category,
            scope=list(one.scope),
        )


class StandingView(BaseModel):
    """Payment eligibility (医保支付资格) on the day."""

    state: Literal["eligible", "suspended", "terminated"]
    until: AwareDatetime | None = Field(default=None, description="恢复时间 / first instant of eligibility again")


class PractitionerView(Held):
    """A practitioner on a day, and the standing."""

    code: PractitionerCode
    category: PractitionerCategory
    name: str
    institution_codes: list[str]
    registrations: list[RegistrationBody]
    active: bool
    title: str | None
    practice_class: str | None
    practice_scope: list[str]
    licence: str | None
    standing: StandingView

    @classmethod
    def of(cls, reading: Reading[Practitioner]) -> Self:
        """Return the view of a practitioner."""
        one = reading.entry
        standing = reading.standing or Standing("eligible")
        return cls(
            **_held(reading),
            code=one.code,
            category=one.category,
            name=one.name,
            institution_codes=list(one.institution_codes),
            registrations=[RegistrationBody(**place._asdict()) for place in one.registrations],
            active=one.active,
            title=one.title,
            practice_class=one.practice_class,
            practice_scope=list(one.practice_scope),
            licence=one.licence,
            standing=StandingView(state=standing.state, until=standing.until),
        )


class DepartmentView(Held):
    """A department on a day."""

    institution_code: str
    code: str
    name: str
    standard_code: str | None
    active: bool

    @classmethod
    def of(cls, reading: Reading[Department]) -> Self:
        """Return the view of a department."""
        one = reading.entry
        return cls(
            **_held(reading),
            institution_code=one.institution_code,
            code=one.code,
            name=one.name,
            standard_code=one.standard_code,
            active=one.active,
        )


class InsuredPersonView(Held):
    """An insured person on a day, under the pseudonym."""

    insured_ref: str
    sex: Sex
    birth_date: date | None
    insurance_type: str | None
    region: str | None
    death_date: date | None
    residence_code: str | None
    household_ref: str | None = Field(description="户假名，同户相同 / pseudonym of the household")

    @classmethod
    def of(cls, reading: Reading[InsuredPerson]) -> Self:
        """Return the view of an insured person."""
        one = reading.entry
        return cls(
            **_held(reading),
            insured_ref=one.insured_ref,
            sex=one.sex,
            birth_date=one.birth_date,
            insurance_type=one.insurance_type,
            region=one.region,
            death_date=one.death_date,
            residence_code=one.residence_code,
            household_ref=one.household_ref,
        )


def _held(reading: Reading[Any]) -> dict[str, Any]:
    return {
        "effective_from": reading.effective_from,
        "effective_until": reading.effective_until,
        "sources": dict(reading.sources),
    }


class StatementView(BaseModel):
    """What one source said."""

    statement_id: UUID
    recorded_at: datetime = Field(description="收到时间 / when it reached the registry")
    source: str
    stated_at: datetime = Field(description="陈述时间 / when the source said it")
    effective_from: date
    effective_until: date | None
    fields: dict[str, Any] = Field(description="所述内容 / what was said")


class PeriodView(Held):
    """Days on which the entry read the same."""

    fields: dict[str, Any]


class HistoryView(BaseModel):
    """All that was said about an entry, and what held when."""

    statements: list[StatementView]
    periods: list[PeriodView]

    @classmethod
    def of(cls, history: History) -> Self:
        """Return the view of a history."""
        return cls(
            statements=[
                StatementView(
                    statement_id=one.statement_id,
                    recorded_at=one.recorded_at,
                    source=one.statement.source,
                    stated_at=one.statement.stated_at,
                    effective_from=one.statement.effective_from,
                    effective_until=one.statement.effective_until,
                    fields=dict(one.statement.fields),
                )
                for one in history.statements
            ],
            periods=[
                PeriodView(
                    effective_from=one.effective_from,
                    effective_until=one.effective_until,
                    sources=dict(one.sources),
                    fields=dict(one.fields),
                )
                for one in history.periods
            ],
        )

"""Bodies of the registry, as people read them in the OpenAPI document."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.intake.domain.codes import (
    INSTITUTION,
    PRACTITIONER,
    REGION,
    RESIDENCE,
    InstitutionKind,
    PractitionerCategory,
)
from services.intake.domain.effective import Fields
from services.intake.domain.insured_person import InsuredPerson
from services.intake.domain.problem import Problem
from services.intake.domain.registration import Department, Registration
from services.intake.domain.registry import Institution, InstitutionStatus, Practitioner
from services.intake.domain.registry_fields import (
    Declaration,
    Kind,
    department_fields,
    institution_fields,
    insured_person_fields,
    practitioner_fields,
)
from services.intake.domain.settlement import Sex
from services.kit.pseudonym import household_pseudonym, pseudonym

InstitutionCode = Annotated[str, Field(pattern=f"^{INSTITUTION}$", examples=["H43010000001"])]
PractitionerCode = Annotated[str, Field(pattern=f"^{PRACTITIONER}$", examples=["D430100000001"])]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Word = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
Region = Annotated[str, Field(pattern=f"^{REGION}$", examples=["430102"])]
Residence = Annotated[str, Field(pattern=f"^{RESIDENCE}$", examples=["430102001201"])]
Day = Annotated[date, Field(ge=date(1850, 1, 1), le=date(2200, 12, 31))]
InsuredNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$")]


class Stated(BaseModel):
    """Who says so, when, and for which days; all may be left out."""

    model_config = ConfigDict(extra="forbid")

    effective_from: Day | None = Field(
        default=None,
        description="生效日期；不填则变更自今日起、新登记自始有效（机构自协议起） / first day; without it "
        "a change holds from today, a new entry since it has been there",
    )
    effective_until: Day | None = Field(default=None, description="失效日期（含当日）/ last day")
    source: Word | None = Field(
        default=None,
        description="来源，不填为令牌主体 / who says so, the caller when left out",
        examples=["卫生健康委"],
    )
    stated_at: AwareDatetime | None = Field(
        default=None, description="来源陈述时间 / when the source said it, now when left out"
    )

    def declaration(self, kind: Kind, code: str, fields: Fields, problems: Sequence[Problem]) -> Declaration:
        """Return what the body declares."""
        return Declaration(
            kind, code, fields, self.effective_from, self.effective_until, self.source, self.stated_at, problems
        )


class InstitutionEntry(Stated):
    """A registry entry of an institution (定点医药机构)."""

    kind: InstitutionKind = Field(description="机构类型 / kind")
    name: Name = Field(description="名称 / name")
    level: int = Field(ge=0, le=3, description="级别：3、2、1，无级别为 0 / level, 0 without one")
    region: str = Field(pattern=f"^{REGION}$", description="统筹区 / region")
    agreement_from: Day = Field(description="协议起始日期 / first day of the agreement")
    agreement_until: Day | None = Field(default=None, description="协议截止日期 / last day of the agreement")
    active: bool | None = Field(default=None, description="协议有效，默认是 / the agreement is in force, the default")
    status: InstitutionStatus | None = Field(
        default=None, description="协议状态：有效、中止、解除 / state of the agreement"
    )
    category: Word | None = Field(default=None, description="机构类别 / category", examples=["A100"])
    scope: list[Word] = Field(default=[], max_length=300, description="诊疗科目 / services it is licensed for")

    def to_domain(self, code: str) -> Institution:
        """Return the institution that the entry describes."""
        active = self.active if self.active is not None else self.status in {None, "active"}
        return Institution(
            code,
            self.kind,
            self.name,
            self.level,
            self.region,
            self.agreement_from,
            self.agreement_until,
            active,
            self.status,
            self.category,
            tuple(self.scope),
        )

    def to_declaration(self, code: str) -> Declaration:
        """Return what the entry declares."""
        one = self.to_domain(code)
        return self.declaration("institution", code, institution_fields(one), one.problems())


class CodedInstitution(InstitutionEntry):
    """A registry entry with its code, as posted in bulk."""

    code: InstitutionCode


class RegistrationBody(BaseModel):
    """A place of work (登记备案)."""

    model_config = ConfigDict(extra="forbid")

    institution_code: InstitutionCode
    department_code: Word | None = Field(default=None, description="科室编码 / department")
    effective_from: Day | None = Field(default=None, description="备案起始日期 / first day")
    effective_until: Day | None = Field(default=None, description="备案截止日期 / last day")

    def to_domain(self) -> Registration:
        """Return the registration that the body describes."""
        return Registration(self.institution_code, self.department_code, self.effective_from, self.effective_until)


class PractitionerEntry(Stated):
    """A registry entry of a practitioner (医保相关人员)."""

    category: PractitionerCategory = Field(description="人员类别 / category")
    name: Name = Field(description="姓名，个人信息 / name, personal data")
    institution_codes: list[InstitutionCode] = Field(
        default=[], max_length=50, description="执业机构（或填 registrations）/ institutions, or give registrations"
    )
    registrations: list[RegistrationBody] = Field(default=[], max_length=100, description="登记备案 / places of work")
    active: bool = Field(default=True, description="在岗 / at work")
    title: Word | None = Field(default=None, description="专业技术职务 / title", examples=["232"])
    practice_class: Word | None = Field(default=None, description="执业类别 / class of the licence")
    practice_scope: list[Word] = Field(default=[], max_length=50, description="执业范围 / scope of the licence")
    licence: Word | None = Field(default=None, description="执业证书编号，个人信息 / licence, personal data")

    def to_domain(self, code: str) -> Practitioner:
        """Return the practitioner that the entry describes; institutions are a set and kept in order."""
        registrations = tuple(one.to_domain() for one in self.registrations)
        plain = sorted(set(self.institution_codes) - {one.institution_code for one in registrations})
        if registrations:
            registrations += tuple(Registration(one) for one in plain)
        return Practitioner(
            code,
            self.category,
            self.name,
            tuple(sorted({*plain, *(one.institution_code for one in registrations)})),
            self.active,
            registrations,
            self.title,
            self.practice_class,
            tuple(self.practice_scope),
            self.licence,
        )

    def to_declaration(self, code: str) -> Declaration:
        """Return what the entry declares."""
        one = self.to_domain(code)
        return self.declaration("practitioner", code, practitioner_fields(one), one.problems())


class CodedPractitioner(PractitionerEntry):
    """A registry entry with its code, as posted in bulk."""

    code: PractitionerCode


class DepartmentEntry(Stated):
    """A registry entry of a department (科室)."""

    name: Name = Field(description="名称 / name")
    standard_code: Word | None = Field(default=None, description="科室标准编码 / national code", examples=["03.04"])
    active: bool = Field(default=True, description="在用 / in use")

    def to_declaration(self, institution_code: str, code: str) -> Declaration:
        """Return what the entry declares."""
        one = Department(institution_code, code, self.name, self.standard_code, self.active)
        return self.declaration("department", one.ref, department_fields(one), one.problems())


class CodedDepartment(DepartmentEntry):
    """A registry entry with its codes, as posted in bulk."""

    institution_code: InstitutionCode
    code: Word


class InsuredPersonEntry(Stated):
    """A registry entry of an insured person (参保人): no name, and the number only in the body of a request."""

    number: InsuredNumber = Field(description="人员编号，只用于生成假名 / number, only to make the pseudonym of")
    sex: Sex = Field(default="unknown", description="性别 / sex")
    birth_date: Day | None = Field(default=None, description="出生日期 / birth date")
    insurance_type: str | None = Field(default=None, max_length=6, description="险种类型 / insurance type")
    region: Region | None = Field(default=None, description="参保地 / place of insurance")
    death_date: Day | None = Field(default=None, description="死亡日期 / date of death")
    residence_code: Residence | None = Field(
        default=None, description="居住地村（居）统计用区划代码，12位 / code of the village or community of residence"
    )
    household_number: InsuredNumber | None = Field(
        default=None,
        description="户编号，只用于生成假名，全库唯一 / number of the household, only to make the pseudonym of; unique",
    )

    def to_declaration(self, key: bytes) -> Declaration:
        """Return what the entry declares: of the fields only those that were given, numbers as pseudonyms."""
        insured_ref = pseudonym(self.number, key)
        household = None if self.household_number is None else household_pseudonym(self.household_number, key)
        one = InsuredPerson(
            insured_ref,
            self.sex,
            self.birth_date,
            self.insurance_type,
            self.region,
            self.death_date,
            self.residence_code,
            household,
        )
        said = {"household_ref" if name == "household_number" else name for name in self.model_fields_set}
        given = {name: value for name, value in insured_person_fields(one).items() if name in said}
        return self.declaration("insured_person", insured_ref, given, one.problems())


ENTRIES: Mapping[str, type[Stated]] = {
    "institution": CodedInstitution,
    "department": CodedDepartment,
    "practitioner": CodedPractitioner,
    "insured_person": InsuredPersonEntry,
}
"""Entries with all that identifies them, as posted in bulk, in files and from the quarantine."""


def declared(kind: str, body: Stated, pseudonym_key: bytes) -> Declaration:
    """Return what an entry of one of the kinds declares; an insured person's number leaves here as a pseudonym."""
    if isinstance(body, CodedInstitution | CodedPractitioner):
        return body.to_declaration(body.code)
    if isinstance(body, CodedDepartment):
        return body.to_declaration(body.institution_code, body.code)
    if isinstance(body, InsuredPersonEntry):
        return body.to_declaration(pseudonym_key)
    raise ValueError(kind)

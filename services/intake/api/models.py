"""Bodies that people read in the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.intake.domain.codes import INSTITUTION, PRACTITIONER, REGION, InstitutionKind, PractitionerCategory
from services.intake.domain.problem import TEXTS
from services.intake.domain.registry import Institution, Practitioner
from services.intake.storage.settlements import StoredSettlement
from services.intake.use_cases.accept_settlements import Answer
from services.intake.use_cases.read_registry import KnownPractitioner

InstitutionCode = Annotated[str, Field(pattern=f"^{INSTITUTION}$", examples=["H43010000001"])]
PractitionerCode = Annotated[str, Field(pattern=f"^{PRACTITIONER}$", examples=["D430100000001"])]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class InstitutionEntry(BaseModel):
    """A registry entry of an institution (定点医药机构)."""

    model_config = ConfigDict(extra="forbid")

    kind: InstitutionKind = Field(description="机构类型 / kind")
    name: Name = Field(description="名称 / name")
    level: int = Field(ge=0, le=3, description="级别：3、2、1，无级别为 0 / level, 0 without one")
    region: str = Field(pattern=f"^{REGION}$", description="统筹区 / region")
    agreement_from: date = Field(description="协议起始日期 / first day of the agreement")
    agreement_until: date | None = Field(default=None, description="协议截止日期 / last day of the agreement")
    active: bool = Field(default=True, description="协议有效 / the agreement is in force")

    def to_domain(self, code: str) -> Institution:
        """Return the institution that the entry describes."""
        return Institution(
            code, self.kind, self.name, self.level, self.region, self.agreement_from, self.agreement_until, self.active
        )


class CodedInstitution(InstitutionEntry):
    """A registry entry with its code."""

    code: InstitutionCode

    @classmethod
    def of(cls, one: Institution) -> Self:
        """Return the entry of an institution."""
        return cls(
            code=one.code,
            kind=one.kind,
            name=one.name,
            level=one.level,
            region=one.region,
            agreement_from=one.agreement_from,
            agreement_until=one.agreement_until,
            active=one.active,
        )


class PractitionerEntry(BaseModel):
    """A registry entry of a practitioner (医保相关人员)."""

    model_config = ConfigDict(extra="forbid")

    category: PractitionerCategory = Field(description="人员类别 / category")
    name: Name = Field(description="姓名，个人信息 / name, personal data")
    institution_codes: list[InstitutionCode] = Field(max_length=50, description="执业机构 / institutions")
    active: bool = Field(default=True, description="在岗 / at work")

    def to_domain(self, code: str) -> Practitioner:
        """Return the practitioner that the entry describes; institutions are a set and kept in order."""
        return Practitioner(code, self.category, self.name, tuple(sorted(set(self.institution_codes))), self.active)


class CodedPractitioner(PractitionerEntry):
    """A registry entry with its code, as posted in bulk."""

    code: PractitionerCode


class StandingView(BaseModel):
    """Payment eligibility (医保支付资格) at present."""

    state: Literal["eligible", "suspended", "terminated"]
    until: AwareDatetime | None = Field(default=None, description="恢复时间 / first instant of eligibility again")


class PractitionerView(CodedPractitioner):
    """A registry entry and the practitioner's standing."""

    standing: StandingView

    @classmethod
    def of(cls, known: KnownPractitioner) -> Self:
        """Return the view of a practitioner."""
        one = known.practitioner
        return cls(
            code=one.code,
            category=one.category,
            name=one.name,
            institution_codes=list(one.institution_codes),
            active=one.active,
            standing=StandingView(state=known.standing.state, until=known.standing.until),
        )


class Doubt(BaseModel):
    """Something that does not refuse a settlement but marks it."""

    pointer: str = Field(description="JSON Pointer")
    code: str
    message: str


class Accepted(BaseModel):
    """Answer to a posted settlement."""

    status: Literal["created", "same"] = Field(description="新收或重复 / taken now, or before")
    settlement_ref: UUID = Field(description="平台结算编号 / our id")
    settlement_id: str
    doubts: list[Doubt] = Field(description="存疑之处 / what marks it")

    @classmethod
    def of(cls, settlement_id: str, answer: Answer, language: Literal["zh", "en"]) -> Self:
        """Return the answer to a settlement that stands."""
        return cls.model_validate(
            {
                "status": answer.status,
                "settlement_ref": answer.settlement_ref,
                "settlement_id": settlement_id,
                "doubts": [
                    {"pointer": doubt.pointer, "code": doubt.code, "message": getattr(doubt, language)}
                    for doubt in answer.doubts
                ],
            }
        )


class SettlementView(BaseModel):
    """A settlement and what became of it."""

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    state: Literal["accepted", "screened", "reversed"]
    settled_at: datetime
    accepted_at: datetime
    screened_at: datetime | None
    reversed_at: datetime | None
    total_fen: int
    line_count: int
    verdict: Literal["pass", "review", "refuse"] | None = Field(description="审核结论 / outcome of screening")
    finding_count: int | None
    amount_at_issue_fen: int | None
    rulebook_version: str | None
    doubts: list[Doubt]

    @classmethod
    def of(cls, stored: StoredSettlement, language: Literal["zh", "en"]) -> Self:
        """Return the view of a stored settlement."""
        values = stored._asdict()
        marks = msgspec.json.decode(stored.doubts, type=list[tuple[str, str]]) if stored.doubts else []
        values["doubts"] = [
            {"pointer": pointer, "code": code, "message": TEXTS[code][0 if language == "zh" else 1]}
            for pointer, code in marks
        ]
        screened = "accepted" if stored.screened_at is None else "screened"
        values["state"] = screened if stored.reversed_at is None else "reversed"
        return cls.model_validate(values)

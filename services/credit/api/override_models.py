"""What callers of overrides and levels send and read."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.credit.api.models import InstitutionCode, OverriddenView
from services.credit.api.rating_models import DocumentNumber, RatedYear, Reason
from services.credit.domain.level import LevelSource
from services.credit.domain.override import OverrideKind, OverrideTarget

MOST_LEVELS = 500
"""Institutions of one question about levels."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OverrideBody(_Body):
    """人工调整的提议 / A proposed override."""

    override_id: UUID = Field(description="由提交方给定，重复提交结果相同 / Given by the caller; repeating is harmless")
    institution_code: InstitutionCode
    target: OverrideTarget = Field(description="信用分或年度评价 / The running score or the yearly rating")
    year: RatedYear | None = Field(
        default=None, description="评价年度，仅年度评价 / Rated year, of a yearly rating only"
    )
    kind: OverrideKind = Field(description="定分、保底、封顶或定级 / Sets, floor, ceiling or grade")
    value_e2: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="分值×100 / Score times 100"
    )
    grade: str | None = Field(default=None, max_length=32, description="等级，仅定级 / Grade, of kind grade only")
    holds_from: date = Field(description="起始日，不早于今天 / First day, today or later")
    holds_until: date = Field(description="截止日（含）；次日自行失效 / Last day; it ends by itself")
    reason: Reason
    document_number: DocumentNumber


class OverrideDecisionBody(_Body):
    """第二人的决定 / The decision of a second officer."""

    approved: bool
    reason: Reason
    document_number: DocumentNumber


class OverrideRevocationBody(_Body):
    """撤销调整 / A revocation."""

    reason: Reason
    document_number: DocumentNumber


class OverrideView(BaseModel):
    """一项人工调整及其办理 / An override and what happened to it."""

    override_id: UUID
    institution_code: str
    target: OverrideTarget
    year: int | None
    kind: OverrideKind
    value_e2: int | None
    grade: str | None
    holds_from: date
    holds_until: date
    reason: str
    document_number: str
    author: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    refused_by: str | None
    refused_at: datetime | None
    revoked_by: str | None
    revoked_at: datetime | None


class LevelView(BaseModel):
    """机构的信用等级，可作其他业务的条件 / The level of an institution, to be a condition elsewhere."""

    institution_code: str
    source: LevelSource | None = Field(
        default=None, description="年度评价，尚无的用信用分档次；未登记的为空 / Null when not registered"
    )
    year: int | None = None
    grade: str | None = None
    grade_text: str | None = None
    grade_place: int | None = Field(default=None, description="等级位次，0 最好 / Place of the grade, 0 the best")
    grades: int | None = Field(default=None, description="该规则的等级数 / Number of grades of its rules")
    score_e2: int | None = None
    policy_version: str | None = None
    overridden_by: OverriddenView | None = None


class LevelAnswers(BaseModel):
    """顺序同请求 / In the order asked."""

    at: datetime
    items: list[LevelView]

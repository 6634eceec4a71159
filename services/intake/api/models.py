"""Bodies that people read in the OpenAPI document."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from services.intake.domain.jurisdiction import jurisdiction
from services.intake.domain.problem import TEXTS
from services.intake.storage.settlements import StoredSettlement


class Doubt(BaseModel):
    """Something that does not refuse a settlement but marks it."""

    pointer: str = Field(description="JSON Pointer")
    code: str
    message: str


class Finding(BaseModel):
    """A finding of screening (审核发现) and where it stands."""

    finding_id: UUID
    state: Literal["raised", "confirmed", "dismissed", "withdrawn", "overturned"]
    amount_fen: int | None = Field(description="涉及金额；确认后为认定金额 / at issue; once confirmed, upheld")


class Accepted(BaseModel):
    """Answer to a posted settlement; a resend is told what is known since."""

    status: Literal["created", "same"] = Field(description="新收或重复 / taken now, or before")
    settlement_ref: UUID = Field(description="平台结算编号 / our id")
    settlement_id: str
    accepted_at: datetime = Field(description="首次接收时间 / when it was first taken")
    state: Literal["accepted", "screened", "reversed"]
    doubts: list[Doubt] = Field(description="存疑之处 / what marks it")
    reversed_at: datetime | None
    screened_at: datetime | None
    verdict: Literal["pass", "review", "refuse"] | None = Field(description="审核结论 / outcome of screening")
    finding_count: int | None
    amount_at_issue_fen: int | None
    rulebook_version: str | None
    findings: list[Finding] = Field(description="审核发现及其状态 / findings and where they stand")


class SecondReport(BaseModel):
    """The same settlement as the other region reported it; it counts no second time."""

    settlement_id: str
    differs: bool = Field(description="金额与先报不一致 / its amounts are not those of the first report")


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
    remaining_fen: int = Field(description="部分退费后余额 / total less what was taken back")
    findings: list[Finding]
    doubts: list[Doubt]
    treatment_region: str = Field(description="就医地 / place of treatment")
    insured_region: str = Field(description="参保地 / place of insurance")
    crosses_regions: bool = Field(description="异地就医 / care away from the place of insurance")
    paying_region: str = Field(description="支付责任地区 / region whose fund pays")
    supervising_region: str = Field(description="监管责任地区 / region that supervises the institution")
    reported_again: list[SecondReport] = Field(description="另一地的重复上报 / reports of the other region")

    @classmethod
    def of(cls, stored: StoredSettlement, language: Literal["zh", "en"]) -> Self:
        """Return the view of a stored settlement."""
        values = stored._asdict()
        marks = msgspec.json.decode(stored.doubts, type=list[tuple[str, str]]) if stored.doubts else []
        values["doubts"] = [
            {"pointer": pointer, "code": code, "message": TEXTS[code][0 if language == "zh" else 1]}
            for pointer, code in marks
        ]
        values["findings"] = msgspec.json.decode(stored.findings) if stored.findings else []
        regions = jurisdiction(treatment_region=stored.treatment_region, insured_region=stored.insured_region)
        values["crosses_regions"] = regions.crosses
        values["paying_region"], values["supervising_region"] = regions
        values["reported_again"] = msgspec.json.decode(stored.reported_again) if stored.reported_again else []
        screened = "accepted" if stored.screened_at is None else "screened"
        values["state"] = screened if stored.reversed_at is None else "reversed"
        return cls.model_validate(values)

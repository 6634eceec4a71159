"""What callers of the procedure of points send and read."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.credit.api.models import MOST_VIOLATIONS, PRINTABLE, PointsEntryView, ViolationBody

DocumentNumber = Annotated[
    str, Field(min_length=1, max_length=100, pattern=PRINTABLE, description="文书文号 / Number of the document")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProposalDecisionBody(_Body):
    """对记分建议的决定：有违规行为即记分，没有则不予记分 / Violations accept the proposal, none decline it."""

    violations: list[ViolationBody] = Field(default=[], max_length=MOST_VIOLATIONS)
    reason: str | None = Field(
        default=None, min_length=1, max_length=500, pattern=PRINTABLE, description="不予记分的理由 / Why it is declined"
    )


class PointsProposalView(BaseModel):
    """记分建议 / A proposal for points."""

    proposal_id: UUID
    sanction_id: UUID
    practitioner_code: str
    institution_code: str
    finding_ids: list[UUID]
    decided_by_authority: str = Field(
        description="由谁认定责任：行政部门或经办机构 / Who determines the responsibility"
    )
    causes: list[str] = Field(description="可适用的记分情形 / Causes that the kind of sanction allows")
    least_points: int = Field(description="所在档最低分 / Lowest points of the bands")
    most_points: int = Field(description="所在档最高分 / Highest points of the bands")
    policy_version: str
    made_at: datetime
    decision: str | None
    reason: str | None
    decided_at: datetime | None
    decided_by: str | None
    entries: list[PointsEntryView] = Field(description="决定所记的分 / Points the decision recorded")


class AnnulmentBody(_Body):
    """撤销处理决定 / The decision that sets a sanction aside."""

    deciding_authority: str = Field(
        min_length=1, max_length=200, pattern=PRINTABLE, description="作出机关 / Authority that decided"
    )
    document_number: DocumentNumber
    annulled_on: date


class AnnulmentView(AnnulmentBody):
    """处理决定的撤销 / An annulment."""

    sanction_id: UUID
    recorded_at: datetime
    recorded_by: str


class StepBody(_Body):
    """办理一步 / A step to be recorded."""

    kind: Literal[
        "notice_issued",
        "notice_delivered",
        "notice_received",
        "talk_held",
        "objection_filed",
        "verification_paused",
        "verification_resumed",
        "objection_dismissed",
        "objection_upheld",
        "objection_escalated",
        "granted",
        "refused",
    ]
    on: date = Field(description="办理日期 / Business date of what happened")
    document_number: DocumentNumber | None = None
    violation_numbers: list[Annotated[int, Field(ge=1, le=MOST_VIOLATIONS)]] = Field(
        default=[],
        max_length=MOST_VIOLATIONS,
        description="异议成立所涉的违规行为序号，缺省为全部 / Violations that fall; all when left out",
    )
    signed_and_stamped: bool = Field(
        default=False,
        description="书面异议已由本人签字、机构盖章 / Signed by the person and stamped by the institution",
    )


class RecoveryBody(_Body):
    """恢复申请 / A request for recovery."""

    sanction_id: UUID = Field(description="引起该暂停或终止的处理决定 / The sanction the measure rests on")
    on: date = Field(description="收到申请之日 / Day of receipt")
    institution_agrees: bool = Field(description="所在机构同意 / The institution agrees")
    commitment_signed_on: date | None = Field(
        default=None, description="终止后重新签订服务承诺之日 / Day of the new commitment after termination"
    )


class RepairBody(_Body):
    """记分修复申请 / A request for repair."""

    sanction_id: UUID = Field(description="所涉处理决定 / The sanction")
    entry_id: UUID | None = Field(
        default=None, description="要减免的记分；缺省为缩减期限 / Entry to be reduced; left out: the term is shortened"
    )
    measure: str = Field(max_length=64, pattern=PRINTABLE, description="修复措施，见政策文件 / Measure of the policy")
    on: date = Field(description="收到申请之日 / Day of receipt")
    institution_agrees: bool = Field(description="所在机构同意 / The institution agrees")
    document_number: DocumentNumber | None = None

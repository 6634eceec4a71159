"""What callers of the yearly ratings send and read."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.credit.api.models import InstitutionCode, OverriddenView
from services.credit.domain.rating_procedure import RatingAct, RatingState
from services.credit.storage.rating_repairs import RepairAct

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

MOST_EXCLUDED = 500
"""Evidence that one decision takes out."""

RatedYear = Annotated[int, Field(ge=2025, le=2199, description="评价年度 / Rated year")]
RegionPrefix = Annotated[str, Field(pattern=r"^[0-9]{2,6}$", description="医保区划或其前缀 / Region or its prefix")]
DocumentNumber = Annotated[
    str, Field(min_length=1, max_length=100, pattern=_PRINTABLE, description="文书文号 / Number of the document")
]
Reason = Annotated[str, Field(min_length=1, max_length=1000, description="理由 / Reason")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegionYearBody(_Body):
    """一个统筹区的一个年度 / A year of a region."""

    year: RatedYear
    region: RegionPrefix


class BacktestBody(RegionYearBody):
    """以另一版本的规则回测 / A back-test of another version."""

    policy_version: str = Field(min_length=1, max_length=64, pattern=_PRINTABLE, description="规则版本 / Version")


class ObjectionBody(_Body):
    """异议 / An objection."""

    reason: Reason
    document_number: DocumentNumber


class ObjectionDecisionBody(_Body):
    """异议复核决定 / The decision on an objection."""

    upheld: bool = Field(description="是否成立 / Whether it is upheld")
    reason: Reason
    document_number: DocumentNumber
    excluded_evidence_ids: list[str] = Field(
        default=[], max_length=MOST_EXCLUDED, description="不再计入的证据 / Evidence that does not count any more"
    )


class RatingRecordBody(_Body):
    """无事件来源的评价信息，由经办人员凭文书登记 / An input that no event brings, entered with its document."""

    record_id: UUID = Field(description="由提交方给定，重复提交结果相同 / Given by the caller; repeating is harmless")
    institution_code: InstitutionCode
    metric: str = Field(min_length=1, max_length=64, pattern=_PRINTABLE, description="信息种类 / Kind of input")
    quantity: int = Field(ge=0, le=2**53, description="数值 / Value")
    case_key: str = Field(
        min_length=1,
        max_length=100,
        pattern=_PRINTABLE,
        description="案件或检查编号，同案只计一次 / Case or inspection",
    )
    occurred_on: date = Field(ge=date(2000, 1, 1), description="发生日期 / Day")
    document_number: DocumentNumber


class RecordWithdrawalBody(_Body):
    """撤回一条记录 / Taking a record back."""

    withdrawal_id: UUID = Field(description="由提交方给定 / Given by the caller")
    document_number: DocumentNumber


class RepairBody(_Body):
    """信用修复申请 / An application for repair."""

    repair_id: UUID = Field(description="由提交方给定 / Given by the caller")
    institution_code: InstitutionCode
    explanation: Reason
    commitment_document: DocumentNumber


class RepairDecisionBody(_Body):
    """信用修复决定 / The decision on a repair."""

    granted: bool
    reason: Reason
    document_number: DocumentNumber


class OutcomeView(BaseModel):
    """各结果的机构数 / Number of institutions by outcome."""

    year: int
    region: str
    outcome: dict[str, int]


class AnnualRatingView(BaseModel):
    """年度信用评价 / A yearly rating."""

    institution_code: str
    year: int
    region: str
    state: RatingState
    state_text: str
    score_e2: int | None = Field(description="得分×100 / Score times 100")
    grade: str | None
    grade_text: str | None
    policy_version: str | None
    due_on: date | None = Field(description="公示或复核截止日 / Last day of publicity, or for the decision")
    acted_at: datetime
    overridden_by: OverriddenView | None = Field(
        default=None, description="正在生效的人工调整 / The override that holds"
    )


class RatingActView(BaseModel):
    """评价过程的一步 / One act of the procedure."""

    number: int
    act: RatingAct
    act_text: str
    state: RatingState
    acted_at: datetime
    acted_by: str | None = Field(description="机构查询时不显示经办人 / Hidden from institutions")
    calculation_id: UUID | None
    due_on: date | None
    reason: str | None
    document_number: str | None


class RatingLineView(BaseModel):
    """一项指标的结果及依据 / What one indicator did, and why."""

    indicator: str
    indicator_text: str
    dimension: str
    dimension_text: str
    method: str
    number: int | None = Field(description="计量值；按结算量计的为×100 / Measured; times 100 when by volume")
    change_e2: int = Field(description="得分变动×100 / Change of the score, times 100")
    article: str
    evidence_ids: list[str]
    policy_version: str


class DimensionView(BaseModel):
    """一个维度的合计，已计上下限 / Sum of a dimension inside its limits."""

    dimension: str
    dimension_text: str
    change_e2: int


class RecommendationView(BaseModel):
    """建议措施，由主管部门决定 / A recommendation; an authority decides."""

    code: str
    text: str
    article: str


class ExplainedView(BaseModel):
    """得分及其全部理由 / A score and every reason for it."""

    policy_version: str
    base_e2: int
    score_e2: int
    grade: str
    grade_text: str
    settlements: int
    dimensions: list[DimensionView]
    lines: list[RatingLineView]
    overridden_by: OverriddenView | None = Field(default=None, description="人工调整，单列一项 / A point of its own")
    direct_evidence_ids: list[str] = Field(description="直接定级的依据 / What put it into its grade at once")


class RatingFileView(AnnualRatingView):
    """年度信用评价档案 / The file of a yearly rating."""

    explained: ExplainedView | None
    reproduced: bool | None = Field(description="以所存输入重算结果一致 / The stored inputs give the stored result")
    grade_before: str | None
    excluded_evidence_ids: list[str]
    recommendations: list[RecommendationView]
    acts: list[RatingActView]


class RecomputationView(BaseModel):
    """试算结果，不保存 / A dry computation."""

    institution_code: str
    year: int
    at: datetime
    explained: ExplainedView
    stored_score_e2: int | None
    stored_grade: str | None
    same: bool | None = Field(description="与现有评价一致 / Agrees with the rating that stands; null without one")


class TestedInstitutionView(BaseModel):
    """一家机构的回测结果 / One institution in a back-test."""

    institution_code: str
    policy_version: str
    score_e2: int
    grade: str
    tested_score_e2: int
    tested_grade: str
    change_e2: int


class GradeMoveView(BaseModel):
    """等级变化的机构数 / Institutions that move from grade to grade."""

    grade: str
    tested_grade: str
    institutions: int


class BacktestView(BaseModel):
    """回测 / A back-test."""

    year: int
    region: str
    tested_policy_version: str
    institutions: int
    moves: list[GradeMoveView]
    items: list[TestedInstitutionView]
    next_cursor: str | None


class RatingRecordView(BaseModel):
    """登记的评价信息 / A recorded input."""

    record_id: UUID
    institution_code: str
    metric: str
    quantity: int
    case_key: str
    occurred_on: date
    document_number: str
    recorded_at: datetime
    withdraws_record_id: UUID | None


class RepairView(BaseModel):
    """信用修复 / A repair."""

    repair_id: UUID
    institution_code: str
    state: RepairAct
    applied_at: datetime
    explanation: str
    commitment_document: str
    decide_by: date | None = Field(description="决定期限 / Last day for the decision")
    decided_at: datetime | None
    decision_reason: str | None
    decision_document: str | None
    counts_in: int | None = Field(description="计入的年度 / Year whose rating counts it")


class RatingPolicyView(BaseModel):
    """一个版本的评价规则 / One version of the rules."""

    version: str
    title: str
    regions: list[str]
    effective_from: date
    effective_until: date | None
    base_e2: int
    grades: dict[str, int] = Field(description="等级及其最低分×100 / Grades and their lowest scores, times 100")
    metrics: dict[str, str] = Field(description="可登记的信息种类 / Inputs that can be recorded")
    article: str

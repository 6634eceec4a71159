"""What callers send and read."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from services.credit.domain.agreement import AgreementEffect
from services.credit.domain.band import Modifier, ModifierReach
from services.credit.domain.matter import Duty, MatterKind, Phase, StepKind
from services.credit.domain.measure import MeasureKind
from services.credit.domain.override import OverrideKind
from services.credit.domain.policy import Severity
from services.credit.domain.score import ScoreCause
from services.credit.domain.standing import Status

MOST_PERSONS = 200
"""Persons of one sanction."""
MOST_VIOLATIONS = 50
"""Violations of one person in one sanction."""
MOST_FINDINGS = 500
"""Findings of one violation."""
MOST_PRACTITIONERS = 1000
"""Practitioners of one bulk question."""

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

InstitutionCode = Annotated[str, Field(pattern=r"^[HP][0-9]{11}$", description="机构编码 / Institution code")]
PractitionerCode = Annotated[
    str, Field(pattern=r"^[A-Z]{1,2}[0-9]{8,14}$", description="医保相关人员代码 / Practitioner code")
]
Instant = Annotated[
    AwareDatetime,
    # Beyond these years an instant cannot be turned into a business date everywhere.
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
Degree = Literal["general", "important", "principal"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ViolationBody(_Body):
    """一项违规行为；命中多条疑点只记一次 / One violation, scored once however many findings it rests on."""

    finding_ids: list[UUID] = Field(
        default=[], max_length=MOST_FINDINGS, description="已确认的疑点 / Confirmed findings it rests on"
    )
    band_cause: str = Field(
        max_length=64, pattern=PRINTABLE, description="记分情形，见政策文件 / Cause code of the policy in force"
    )
    degree: Degree = Field(description="责任程度：一般、重要、主要 / Degree of responsibility")
    modifier: Modifier = Field(default=Modifier.NONE, description="减轻或加重情节 / Mitigated or aggravated")
    modifier_reach: ModifierReach = Field(
        default=ModifierReach.ONE_BAND,
        description="减轻、加重一档，或档内从轻、从重 / By one band, or inside the band",
    )


class PersonBody(_Body):
    """负有责任的人员 / A person held responsible."""

    practitioner_code: PractitionerCode
    violations: list[ViolationBody] = Field(
        default=[],
        max_length=MOST_VIOLATIONS,
        description="不同违规行为分别记分、累加；只因协议中止、解除而承担责任的可为空 / "
        "Different violations add up; none for who is only responsible for the agreement's end",
    )


class SanctionBody(_Body):
    """对机构的处理决定及责任人员 / A sanction against an institution, and the persons held responsible."""

    sanction_id: UUID = Field(description="由提交方给定，重复提交结果相同 / Given by the caller; repeating is harmless")
    institution_code: InstitutionCode
    kind: str = Field(max_length=64, pattern=PRINTABLE, description="处理类型，见政策文件 / Kind code of the policy")
    deciding_authority: str = Field(
        min_length=1, max_length=200, pattern=PRINTABLE, description="作出机关 / Authority that decided"
    )
    document_number: str = Field(
        min_length=1, max_length=100, pattern=PRINTABLE, description="文书文号 / Number of the document"
    )
    decided_on: date = Field(description="决定日期，即记分时点 / Day of the decision, from which points count")
    received_on: date | None = Field(
        default=None,
        description="收到行政处罚决定之日，处理通知书期限自此起算 / Receipt, from which the notice's term runs",
    )
    finding_ids: list[UUID] = Field(
        default=[],
        max_length=MOST_FINDINGS,
        description="所涉的疑点，对其涉及的人员形成记分建议 / Findings it answers; whom they name is proposed",
    )
    persons: list[PersonBody] = Field(default=[], max_length=MOST_PERSONS)
    agreement: AgreementEffect | None = Field(
        default=None,
        description="同时中止（或责令暂停医保服务）、解除协议的，"
        "所列责任人员相应暂停、终止（医保办发〔2024〕34号第三十四条） / "
        "What it does to the agreement, and so to the persons named",
    )
    agreement_until: date | None = Field(
        default=None, description="协议中止的最后一日 / Last day of the agreement's suspension"
    )


class EligibilityBody(_Body):
    """批量查询 / A question about several practitioners."""

    practitioner_codes: list[PractitionerCode] = Field(min_length=1, max_length=MOST_PRACTITIONERS)
    at: Instant | None = Field(default=None, description="时刻，缺省为现在 / Instant; now when left out")


class PointsEntryView(BaseModel):
    """记分台账的一条 / One entry of the points ledger."""

    entry_id: UUID
    practitioner_code: str
    sanction_id: UUID
    violation_number: int
    institution_code: str
    decided_on: date
    recorded_at: datetime
    year: int
    points: int = Field(description="分值，冲销为负 / Points; negative on a counter-entry")
    band: int
    band_cause: str
    reason: str = Field(description="记分或冲销理由 / Why the entry was made")
    article: str = Field(description="依据 / Its article")
    degree: str
    modifier: str
    finding_ids: list[UUID]
    policy_version: str
    counters_entry_id: UUID | None
    repairs_entry_id: UUID | None = Field(description="修复所减免的记分 / The entry a repair reduces")
    cause_kind: str | None
    cause_id: UUID | None
    countered: bool = Field(description="已被冲销 / Taken back by a later entry")


class StepView(BaseModel):
    """办理的一步 / One step of a matter."""

    number: int
    kind: StepKind
    kind_text: str
    on: date
    due_on: date | None = Field(description="该步的最后期限 / Last day in time for it")
    late: bool
    document_number: str | None
    details: dict[str, JsonValue]
    recorded_at: datetime
    recorded_by: str


class DutyView(BaseModel):
    """待办事项与期限 / What is owed in a matter, and until when."""

    matter_id: UUID
    kind: MatterKind
    kind_text: str
    practitioner_code: str
    institution_code: str
    sanction_id: UUID
    phase: Phase
    phase_text: str
    duty: Duty | None
    duty_text: str
    article: str = Field(description="期限依据 / Article of the term")
    due_on: date | None = Field(description="最后一日，工作日计 / Last day in time, counted in working days")
    overdue: bool
    policy_version: str


class MatterView(DutyView):
    """处理、恢复或修复事项 / A matter of the procedure with its steps."""

    entry_id: UUID | None
    repair_measure: str | None
    objection_until: date | None = Field(description="异议期限最后一日 / Last day of an objection")
    remaining_days: int | None = Field(description="核实暂停时剩余工作日 / Working days left while paused")
    opened_at: datetime
    steps: list[StepView]


class PractitionerView(BaseModel):
    """人员当年记分与资格状态 / Points of the year and status of a practitioner."""

    practitioner_code: str
    category: str
    institution_codes: list[str]
    at: datetime
    year: int
    points: int
    status: Status
    status_text: str
    until: datetime | None = Field(
        description="暂停：恢复时刻；终止：可重新登记的时刻 / Suspended: first eligible instant; terminated: first "
        "instant of a possible new registration"
    )


class MeasureView(BaseModel):
    """暂停或终止 / A suspension or termination."""

    measure_id: UUID
    kind: MeasureKind
    kind_text: str
    sanction_id: UUID
    year: int
    points: int = Field(
        description="达到的当年累计分值；0为随协议中止、解除 / Points of the year reached; 0: by the agreement's end"
    )
    effective_from: datetime
    effective_until: datetime = Field(description="暂停：恢复时刻；终止：可重新登记的时刻 / As in until")
    registered_again_at: datetime | None = Field(description="重新登记备案时刻 / Instant of the new registration")
    undone_at: datetime | None = Field(description="依据消失，视为自始不成立 / Its ground fell; it then never stood")
    policy_version: str


class PractitionerFileView(PractitionerView):
    """一医一档 / The file of one practitioner."""

    known_at: datetime | None
    entries: list[PointsEntryView]
    measures: list[MeasureView]
    matters: list[MatterView]


class EligibilityView(BaseModel):
    """医保支付资格 / Payment eligibility."""

    practitioner_code: str
    at: datetime
    eligible: bool
    status: Status | Literal["unknown"]
    status_text: str
    until: datetime | None
    measure_id: UUID | None
    measure_kind: MeasureKind | None
    exception: str = Field(description="急诊、抢救例外的说明 / The exception in words")
    emergency_excepted: bool = Field(
        description="急诊、抢救等特殊情形除外（医保办发〔2024〕34号第十六条） / Emergency and rescue are paid for"
    )


class EligibilityAnswers(BaseModel):
    """批量查询结果，顺序同请求 / Answers in the order asked."""

    items: list[EligibilityView]


class ScoreEntryView(BaseModel):
    """机构信用分台账的一条 / One entry of an institution's score ledger."""

    entry_id: UUID
    year: int
    delta_e2: int = Field(description="分值变动×100 / Change of the score, times 100")
    cause: ScoreCause
    cause_id: UUID
    explanation: str
    rule_code: str | None
    severity: Severity | None
    amount_fen: int
    occurred_at: datetime
    recorded_at: datetime
    policy_version: str
    counters_entry_id: UUID | None


class OverriddenView(BaseModel):
    """正在生效的人工调整 / The override that holds."""

    override_id: UUID
    kind: OverrideKind
    author: str = Field(description="提出人 / Who proposed it")
    approved_by: str = Field(description="批准人 / Who approved it")
    reason: str
    document_number: str
    holds_from: date
    holds_until: date = Field(description="最后一日，次日起自行失效 / Last day; it ends by itself")
    computed_score_e2: int = Field(description="未调整的得分×100 / Score without it, times 100")
    computed_grade: str = Field(description="未调整的等级 / Grade without it")
    change_e2: int = Field(description="调整的分值×100 / What it changes, times 100")


class InstitutionView(BaseModel):
    """机构信用评价 / Credit score of an institution."""

    institution_code: str
    kind: str
    level: int
    region: str
    active: bool
    year: int
    score_e2: int = Field(description="信用分×100 / Score times 100")
    base_e2: int
    tier: str
    tier_text: str
    policy_version: str
    overridden_by: OverriddenView | None = Field(
        default=None, description="人工调整；期满自行失效 / The override that holds"
    )


class InstitutionFileView(InstitutionView):
    """机构信用评价及台账 / The score with the entries that made it."""

    entries: list[ScoreEntryView]
    next_cursor: str | None


class SanctionView(BaseModel):
    """处理决定 / A sanction."""

    sanction_id: UUID
    institution_code: str
    kind: str
    kind_text: str
    deciding_authority: str
    document_number: str
    decided_on: date
    policy_version: str
    recorded_at: datetime
    recorded_by: str
    agreement: AgreementEffect | None = None
    agreement_until: date | None = None
    entries: list[PointsEntryView]
    annulled_on: date | None = Field(description="处理决定被撤销之日 / Day on which it was annulled")
    annulled_by: str | None


class ProposalView(BaseModel):
    """已确认、尚未处理的疑点 / A confirmed finding for which nobody has been scored."""

    finding_id: UUID
    institution_code: str
    practitioner_codes: list[str]
    rule_code: str
    severity: Severity
    amount_fen: int
    confirmed_at: datetime

"""What callers send and read about inspection draws and inspectors."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.credit.api.models import Instant, InstitutionCode
from services.credit.domain.inspection_policy import InspectionCause
from services.credit.storage.draws import DrawState

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
_HASH = r"^[0-9a-f]{64}$"

InspectorCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{4,30}$", description="检查人员编码 / Inspector code")]
Skill = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$", description="专长 / Skill")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecusalBody(_Body):
    """回避：理由不公开 / Who must not inspect where; the ground is never published."""

    institution_code: InstitutionCode
    ground: Literal["kinship", "employment", "interest", "teaching", "other"]


class InspectorBody(_Body):
    """检查人员 / An inspector of the directory."""

    active: bool = True
    certified_until: date = Field(description="执法证有效期至 / Last day of the certificate")
    skills: list[Skill] = Field(default=[], max_length=20)
    recusals: list[RecusalBody] = Field(default=[], max_length=500)


class InspectorView(InspectorBody):
    """检查人员及登记情况 / An inspector, and who stated so."""

    inspector_code: str
    stated_at: datetime
    stated_by: str


class DrawBody(_Body):
    """抽取方案；名单由规则生成 / The plan of a draw; its list follows from the rules."""

    draw_id: UUID = Field(description="由提交方给定 / Given by the caller")
    cause: InspectionCause = InspectionCause.PLAN
    on_site: bool = True
    count: int = Field(ge=1, le=10_000, description="抽取家数 / Institutions to draw")
    regions: list[Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]] = Field(
        default=[], max_length=100, description="区划前缀，空为全部 / First digits of regions; empty: all"
    )
    kinds: list[Literal["hospital", "pharmacy"]] = Field(default=[], max_length=2)
    institution_codes: list[InstitutionCode] = Field(
        default=[], max_length=1000, description="仅限举报、数据线索 / Only for a tip or a data clue"
    )
    inspection_from: date
    inspection_until: date
    public_source: str = Field(
        min_length=4,
        max_length=200,
        pattern=_PRINTABLE,
        description="公开随机值的来源 / Where the public value comes from",
    )
    public_digits: int = Field(
        ge=6, le=200, description="公开随机值的位数，只取数字 / Digits of the public value; nothing but digits counts"
    )
    public_not_before: Instant = Field(description="公开随机值产生的时刻 / When it comes about")


class CommitmentBody(_Body):
    """承诺 / The commitment."""

    list_hash: str = Field(pattern=_HASH, description="所见名单的哈希 / Hash of the list that was seen")
    seed_commitment: str = Field(pattern=_HASH, description="32字节种子的 SHA-256 / SHA-256 of a seed of 32 bytes")


class DrawingBody(_Body):
    """揭示 / The revelation."""

    seed: str = Field(pattern=_HASH, description="种子，64位小写十六进制 / The seed, 64 hexadecimal characters")
    public_value: str = Field(
        pattern=r"^[0-9]{6,200}$",
        description="公开随机值，只写数字，按来源的次序 / Digits only, in the order of the source",
    )


class CancellationBody(_Body):
    """废止 / Given up."""

    reason: str = Field(
        min_length=4, max_length=500, pattern=_PRINTABLE, description="理由，随承诺公开 / Public reason"
    )


class SelectionView(BaseModel):
    """抽中的机构及检查人员 / A drawn institution and its inspectors."""

    institution: str
    inspectors: list[str]


class PublicDrawView(BaseModel):
    """公开的抽取；`verify_draw.py` 可独立复核 / A draw as the public sees it; `verify_draw.py` verifies it."""

    draw_id: UUID
    state: DrawState
    listing: str = Field(description="名单原文，哈希以此为准 / The list, letter by letter as it was hashed")
    list_hash: str
    seed_commitment: str | None
    committed_at: datetime | None
    drawn_at: datetime | None
    published_at: datetime | None
    cancelled_at: datetime | None
    reason: str | None
    seed: str | None = Field(description="公开后可见 / Once published")
    public_value: str | None = Field(description="公开后可见 / Once published")
    result: list[SelectionView]


class DrawView(PublicDrawView):
    """抽取及经办情况 / A draw, with who did what and why each weighs what it weighs."""

    policy_version: str
    grounds: dict[str, Any] = Field(description="权重依据，不公开 / Grade and findings behind each weight; not public")
    prepared_at: datetime
    prepared_by: str
    committed_by: str | None
    drawn_by: str | None
    published_by: str | None
    cancelled_by: str | None


class DrawSummaryView(BaseModel):
    """抽取列表的一项 / One draw of a list."""

    draw_id: UUID
    state: DrawState
    list_hash: str
    seed_commitment: str | None
    committed_at: datetime | None
    drawn_at: datetime | None
    published_at: datetime | None
    cancelled_at: datetime | None

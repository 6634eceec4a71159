"""What readers of the feed and keepers of webhooks send and read."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from services.credit.domain.webhook import Outcome, StateReason, WebhookState
from services.credit.use_cases.read_changes import KINDS

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

LONGEST_OVERLAP_HOURS = 168


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise PydanticCustomError("enum", "")
    return kind


ChangeKind = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(KINDS)})]
"""Type of a fact that credit states."""

Since = Annotated[
    str,
    Field(
        max_length=200, description="next_since、事件的 cursor 或事件编号 / A next_since, an event's cursor, or its id"
    ),
]
Region = Annotated[
    str, Field(pattern=r"^[0-9]{2,6}$", description="医保区划或其前缀，330000 即全省 / Region or its prefix")
]
Kinds = Annotated[
    list[ChangeKind], Field(max_length=len(KINDS), description="事件类型，缺省为全部 / Types of events; all when empty")
]
WebhookUrl = Annotated[
    str, Field(min_length=8, max_length=2000, pattern=r"^[\x21-\x7e]+$", description="接收地址，https / Where to post")
]
Description = Annotated[str, Field(max_length=200, pattern=_PRINTABLE, description="说明 / What it is for")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChangeView(BaseModel):
    """一个事件 / One event."""

    id: UUID = Field(description="事件编号，据此去重 / Id of the event; the same however often it is told")
    type: ChangeKind = Field(description="事件类型 / Type")
    time: datetime = Field(description="事实发生时间 / Instant of the fact")
    cursor: str = Field(description="位于本事件之后的游标 / Stands behind this event; fit for since")
    data: dict[str, JsonValue] = Field(description="事实，见 docs/events.md / The fact, as in docs/events.md")


class ChangesView(BaseModel):
    """变更流的一段 / A part of the feed."""

    items: list[ChangeView]
    next_since: str = Field(description="下次请求的 since / The next request's since")
    more: bool = Field(description="为真则立即继续读取，即使本段为空 / Read on at once, even where this part is empty")


class WebhookBody(_Body):
    """新订阅 / A new subscription."""

    url: WebhookUrl
    description: Description = ""
    kinds: Kinds = []
    region: Region | None = None
    since: Since | Literal["start", "now"] = Field(
        default="now",
        description="起点：now（此后）、start（从头）、游标或事件编号 / "
        "Where to begin: now, start, a cursor or an event's id",
    )


class WebhookChangeBody(_Body):
    """修改订阅；只改所给各项 / Changes of a subscription; what is left out stays."""

    url: WebhookUrl | None = None
    description: Description | None = None
    kinds: Kinds | None = None
    region: Region | Literal[""] | None = None
    state: Literal["active", "paused"] | None = Field(
        default=None, description="暂停，或从停止处继续 / Pause, or go on where it stopped"
    )


class SecretBody(_Body):
    """更换密钥 / A new secret."""

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=LONGEST_OVERLAP_HOURS,
        description="旧密钥继续并签的小时数 / Hours for which the one before signs too",
    )


class ReplayBody(_Body):
    """重放的起点，二者择一 / Where to replay from: one of both."""

    since: Since | Literal["start"] | None = Field(
        default=None, description="游标之后，start 为从头 / Behind this cursor; start: everything"
    )
    from_event: UUID | None = Field(default=None, description="自该事件起，含该事件 / From this event on, with it")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.since is None) == (self.from_event is None):
            raise PydanticCustomError(
                "one_of_both",
                "",
                {"zh": "since 与 from_event 须且只须给出一个。", "en": "Give one of since and from_event."},
            )
        return self


class WebhookView(BaseModel):
    """订阅 / A subscription."""

    webhook_id: UUID
    url: str
    description: str
    kinds: list[str] = Field(description="为空即全部 / Empty: all")
    region: str | None
    institution_code: str | None = Field(description="只含该机构的事件 / Only events of this institution")
    bound_region: str | None = Field(description="创建者所属统筹区 / Region its creator is bound to")
    state: WebhookState
    state_reason: StateReason | None
    state_at: datetime
    cursor: str = Field(description="此前均已送达 / Everything before it is delivered; fit for since")
    failures: int = Field(description="连续失败次数 / Failed attempts in a row")
    failing_since: datetime | None
    next_attempt_at: datetime
    secret_before_until: datetime | None = Field(description="旧密钥并签至 / Until then the one before signs too")
    created_at: datetime


class WebhookSecretView(WebhookView):
    """订阅及其密钥；密钥只显示一次 / A subscription and its secret, which is shown once."""

    secret: str = Field(description="whsec_ 加 base64 / whsec_ and base64")


class AttemptView(BaseModel):
    """一次投递 / One attempt to deliver."""

    event_id: UUID
    type: str
    number: int = Field(description="该事件的第几次 / From 1, of this event")
    attempted_at: datetime
    outcome: Outcome
    status: int | None = Field(description="HTTP 状态，无应答为空 / Null without an answer")
    duration_ms: int


class PingView(BaseModel):
    """测试投递的结果 / What came of a test message."""

    event_id: UUID
    outcome: Outcome
    status: int | None
    duration_ms: int

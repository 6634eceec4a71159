"""Bodies of the quarantine's routes, as people read them in the OpenAPI document."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.intake.domain.problem import TEXTS
from services.intake.domain.quarantine import Kind
from services.intake.storage.quarantine import StoredAction, StoredEntry
from services.kit.http import Language

StateName = Literal["open", "releasing", "released", "dismissed", "superseded", "expired"]
SourceName = Literal["batch", "import", "fsi", "single", "visit"]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000, pattern=r"^[^\x00]*$")]


class ReasonView(BaseModel):
    """One thing that speaks against the body."""

    pointer: str = Field(description="JSON Pointer；空为整体 / empty for the body as a whole")
    code: str
    message: str


class EntryView(BaseModel):
    """Something that was refused; nothing of what it says."""

    entry_id: UUID
    institution_code: str | None = Field(description="机构编号；空为无法识别 / null where it could not be told")
    region: str | None
    kind: Kind
    source: SourceName
    reference: str = Field(description="来源位置：批次与行、交易与报文、就诊 / batch and line, message, or visit")
    subject: str | None = Field(
        description="结算、就诊编号或登记编码 / id of the settlement or visit, or code in the registry"
    )
    waits: bool = Field(
        default=False, description="结算到达后自动放行 / released of itself as soon as its settlement is here"
    )
    code: str = Field(description="原因代码 / reason")
    reasons: list[ReasonView]
    size: int = Field(description="原文字节数 / bytes of the body")
    corrections: int = Field(description="更正次数 / how often it was corrected")
    times_seen: int = Field(description="相同内容到达次数 / how often the same body came")
    state: StateName = Field(
        description="open 待处理，releasing 放行中，released 已放行，dismissed 不予接收，superseded 已另行接收，"
        "expired 逾期删除 / superseded: taken since by the ordinary way"
    )
    received_at: datetime
    received_from: str = Field(description="提交者 / who sent it")
    changed_at: datetime
    result: dict[str, Any] | None = Field(description="放行结果 / what the release came to")
    has_body: bool

    @classmethod
    def of(cls, entry: StoredEntry, spoken: Language) -> Self:
        """Return the view of an entry."""
        return cls.model_validate(_values(entry, spoken))


class ActionView(BaseModel):
    """Something that was done about an entry."""

    action: Literal["inspected", "corrected", "released", "release_refused", "dismissed"]
    by: str
    at: datetime
    why: str | None
    code: str | None = Field(description="放行结果 / what a release came to")


class EntryDetail(EntryView):
    """An entry and what was done about it."""

    actions: list[ActionView]

    @classmethod
    def with_actions(cls, entry: StoredEntry, actions: Sequence[StoredAction], spoken: Language) -> Self:
        """Return the view of an entry with its history."""
        values = _values(entry, spoken)
        values["actions"] = [ActionView.model_validate(one._asdict()) for one in actions]
        return cls.model_validate(values)


class Reason(BaseModel):
    """Why something is done; kept with the entry."""

    model_config = ConfigDict(extra="forbid")

    why: Why = Field(description="理由 / the reason")


class Correction(BaseModel):
    """A correction: a merge patch of the body, or a whole body in its place."""

    model_config = ConfigDict(extra="forbid")

    why: Why = Field(description="更正理由 / the reason")
    patch: dict[str, Any] | None = Field(default=None, description="JSON merge patch（RFC 7396）")
    body: dict[str, Any] | None = Field(default=None, description="完整正文 / a whole body")
    corrections: int | None = Field(
        default=None, ge=0, description="所见的更正次数，防止互相覆盖 / as last seen, so that nobody is overwritten"
    )


def _values(entry: StoredEntry, spoken: Language) -> dict[str, Any]:
    values = entry._asdict()
    place = 0 if spoken == "zh" else 1
    values["reasons"] = [
        {"pointer": pointer, "code": code, "message": TEXTS[code][place] if code in TEXTS else code}
        for pointer, code in entry.problems
    ]
    return values

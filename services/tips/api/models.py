"""What travels in requests and answers of handlers and approvers."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.tips.domain.attachment import MetadataState, ScanState
from services.tips.domain.case_value import Cause
from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_claim import Reward, RewardState
from services.tips.domain.tip import Channel, Kind, RefusalReason, Status, Tip
from services.tips.use_cases.read_tips import HandledTip, HandlerFile

RegionCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
InstitutionCode = Annotated[str, StringConstraints(pattern=r"^[HP]\d{11}$")]
MessageText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Request(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Acceptance(Request):
    """Acceptance of a tip."""

    institution_code: InstitutionCode = Field(description="举报所指机构 / Institution the tip is about")


class Refusal(Request):
    """Refusal of a tip."""

    reason_code: RefusalReason = Field(description="不予受理理由 / Reason of the list")


class HandlerMessageRequest(Request):
    """A handler's message to the reporter."""

    message_id: UUID = Field(description="由发送方生成，重发不会重复 / Chosen by the sender; sent again, stored once")
    text: MessageText


class Substantiation(Request):
    """Decision that a tip is true."""

    finding_ids: list[UUID] = Field(default=[], max_length=1000, description="已确认的违规 / Confirmed findings")
    case_value_fen: int | None = Field(
        default=None, gt=0, le=10**15, description="案值（分），缺省为各违规金额之和 / Loss in fen; default: their sum"
    )

    without_loss: bool = Field(
        default=False, description="属实但未造成基金损失，其他各项不填 / True, and it cost the fund nothing"
    )

    @model_validator(mode="after")
    def _say_what_was_lost(self) -> Self:
        if len(set(self.finding_ids)) != len(self.finding_ids):
            raise ValueError("the same finding twice")
        if self.without_loss == (bool(self.finding_ids) or self.case_value_fen is not None):
            raise ValueError("findings, a case value, or both; or that nothing was lost")
        return self


class TipSummary(BaseModel):
    """A tip in the queue."""

    tip_id: UUID
    kind: Kind
    status: Status
    received_on: date
    named: bool
    reported_institution_code: str | None
    institution_code: str | None
    accepted_at: datetime | None
    due_on: date | None = Field(description="核查期限 / Last day to verify")
    extended: bool
    overdue: bool
    decided_at: datetime | None
    refusal_reason: RefusalReason | None
    outcome: Status | None
    withdrawn_on: date | None
    closed_at: datetime | None
    channel: Channel
    region: str | None = Field(description="行为发生地 / Place of the act")
    desk: str | None
    against_agency: bool
    merged_into: UUID | None = Field(description="并入的主举报 / Tip that leads this one")
    extension_asked_at: datetime | None
    told_on: date | None = Field(description="告知举报人日期 / Day the named reporter was told")

    @classmethod
    def of(cls, tip: Tip, today: date) -> Self:
        """Show a tip as of a day."""
        return cls(
            tip_id=tip.id,
            kind=tip.kind,
            status=tip.status,
            received_on=tip.received_on,
            named=tip.named,
            reported_institution_code=tip.reported_institution_code,
            institution_code=tip.institution_code,
            accepted_at=tip.accepted_at,
            due_on=tip.due_on,
            extended=tip.extended_at is not None,
            overdue=tip.overdue(today),
            decided_at=tip.decided_at,
            refusal_reason=tip.refusal_reason,
            outcome=tip.outcome,
            withdrawn_on=tip.withdrawn_on,
            closed_at=tip.closed_at,
            channel=tip.channel,
            region=tip.region,
            desk=tip.desk,
            against_agency=tip.against_agency,
            merged_into=tip.merged_into,
            extension_asked_at=tip.extension_asked_at,
            told_on=tip.told_on,
        )


class Substantiated(TipSummary):
    """A substantiated tip."""

    case_value_fen: int


class RewardView(BaseModel):
    """A reward as handlers and approvers see it."""

    state: RewardState
    policy_version: str
    level: int
    insider: bool
    case_value_fen: int
    amount_fen: int
    proposed_by: str
    approvers: list[str]
    claim_until: date | None
    claimed_on: date | None
    paid_fen: int | None
    paid_at: datetime | None
    payout_reference: str | None
    matter_id: UUID = Field(description="主举报 / Tip that leads the matter")
    tip_id: UUID = Field(description="得奖举报 / Tip whose reporter gets this share")
    share_part: int = Field(description="份额分子 / Share in the reward of the matter: part ...")
    share_of: int = Field(description="份额分母 / ... of so many")
    of_person: bool = Field(description="个人案件 / Case of a person instead of an institution")
    exclusion: Exclusion | None = Field(description="不予奖励情形 / Why nothing is paid")
    token_mark: str | None = Field(description="领奖凭证的校验码 / Check mark of the payment token, not the token")
    token_until: date | None = Field(description="凭证有效期 / Last day of the token")
    over_paid_fen: int = Field(description="多付金额（分），应追回 / Paid too much, in fen, to be recovered")

    @classmethod
    def of(cls, reward: Reward, today: date) -> Self:
        """Show a reward as of a day."""
        return cls(
            state=reward.state_on(today),
            policy_version=reward.policy_version,
            level=reward.level,
            insider=reward.insider,
            case_value_fen=reward.case_value_fen,
            amount_fen=reward.amount_fen,
            proposed_by=reward.proposed_by,
            approvers=list(reward.approvers),
            claim_until=reward.claim_until,
            claimed_on=reward.claimed_on,
            paid_fen=reward.paid_fen,
            paid_at=reward.paid_at,
            payout_reference=reward.payout_reference,
            matter_id=reward.matter_id,
            tip_id=reward.tip_id,
            share_part=reward.share_part,
            share_of=reward.share_of,
            of_person=reward.of_person,
            exclusion=reward.exclusion,
            token_mark=None if reward.token_hash is None else reward.token_hash.hex()[:8],
            token_until=reward.token_until,
            over_paid_fen=reward.over_paid_fen,
        )


class CaseValueEntry(BaseModel):
    """An amount of the case value's ledger."""

    cause: Cause
    finding_id: UUID | None
    amount_fen: int


class MessageView(BaseModel):
    """A message as handlers read it."""

    author: Literal["reporter", "handler"]
    handler: str | None
    posted_on: date
    text: str


class FileView(BaseModel):
    """A file of the tip; fetched under ``/tips/{tip_id}/files/{file_id}``."""

    file_id: UUID
    number: int
    added_on: date
    size_bytes: int
    metadata: MetadataState = Field(description="元数据是否已清除 / Whether the file still tells who made it")
    scan: ScanState = Field(description="unscanned：未经病毒扫描，谨慎打开 / Not scanned: open with care")
    name: str = Field(
        description="举报人所用文件名，可能暴露身份 / As the reporter called it; may give the reporter away"
    )
    media_type: str
    digest: str = Field(description="原件 SHA-256 / SHA-256 of what was sent")

    @classmethod
    def of(cls, file: HandlerFile) -> Self:
        """Show a file."""
        stored, description = file.file, file.description
        return cls(
            file_id=stored.id,
            number=stored.number,
            added_on=stored.added_on,
            size_bytes=stored.size_bytes,
            metadata=stored.metadata,
            scan=stored.scan,
            name=description.name,
            media_type=description.media_type,
            digest=description.digest,
        )


class Step(BaseModel):
    """A row of the handling log."""

    position: int
    at: datetime
    actor: str
    action: str
    details: dict[str, str | int | bool | None]
    seal: str


class TipPage(TipSummary):
    """One tip on one page."""

    text: str | None = Field(description="举报内容，仅经办人可见 / What the reporter wrote; for handlers only")
    place: str | None
    answers: dict[str, str] | None = Field(default=None, description="引导问题的回答 / Answers to the questions")
    period: tuple[str, str] | None = None
    messages: list[MessageView] | None
    files: list[FileView] | None
    case_value: list[CaseValueEntry]
    reward: RewardView | None
    log: list[Step]

    @classmethod
    def of_handled(cls, handled: HandledTip, today: date) -> Self:
        """Show everything the reader may see."""
        summary = TipSummary.of(handled.tip, today)
        return cls(
            **summary.model_dump(),
            text=handled.content.text if handled.content else None,
            place=handled.content.place if handled.content else None,
            answers=handled.content.answers if handled.content else None,
            period=handled.content.period if handled.content else None,
            messages=None
            if handled.messages is None
            else [
                MessageView(author=entry.author, handler=entry.handler, posted_on=entry.posted_on, text=entry.text)
                for entry in handled.messages
            ],
            files=None if handled.files is None else [FileView.of(file) for file in handled.files],
            case_value=[
                CaseValueEntry(cause=entry.cause, finding_id=entry.finding_id, amount_fen=entry.amount_fen)
                for entry in handled.entries
            ],
            reward=RewardView.of(handled.reward, today) if handled.reward else None,
            log=[
                Step(
                    position=entry.position,
                    at=entry.at,
                    actor=entry.actor,
                    action=entry.action,
                    details=dict(entry.details),
                    seal=entry.seal.hex(),
                )
                for entry in handled.log
            ],
        )

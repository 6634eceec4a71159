"""What travels in requests and answers of reporters."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.tips.api.models import InstitutionCode, MessageText, Request
from services.tips.domain.receipt import display
from services.tips.domain.reward_claim import RewardState
from services.tips.domain.tip import Kind, RefusalReason, Status
from services.tips.storage.sealing import ReporterIdentity, TipContent
from services.tips.use_cases.claim_reward import ClaimedReward
from services.tips.use_cases.look_up_tip import ReporterView
from services.tips.use_cases.submit_tip import Submission

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ReceiptText = Annotated[str, StringConstraints(max_length=64)]


class Identity(Request):
    """Who a reporter is, for those who want to be named."""

    name: Line
    phone: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 -]{4,28}[0-9]$")]


class TipReport(Request):
    """A tip from the public."""

    kind: Kind = Field(description="欺诈骗保类型 / Kind of fraud")
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)] = Field(
        description="举报内容 / What happened"
    )
    institution_code: InstitutionCode | None = Field(default=None, description="被举报机构代码 / Institution, if known")
    place: Line | None = Field(default=None, description="机构名称或地点 / Name or place, if the code is not known")
    identity: Identity | None = Field(default=None, description="实名信息，可不填 / Name and phone, for a named tip")
    submission_id: UUID | None = Field(
        default=None, description="由提交方生成，重发得到同一回执 / Chosen by the sender; sent again, the same receipt"
    )

    def submission(self) -> Submission:
        """Return what the use case takes."""
        return Submission(
            kind=self.kind,
            content=TipContent(self.text, self.place),
            institution_code=self.institution_code,
            identity=ReporterIdentity(self.identity.name, self.identity.phone) if self.identity else None,
            submission_id=self.submission_id,
        )


class ReceiptRequest(Request):
    """A request with a receipt."""

    receipt: ReceiptText = Field(description="16 位回执编号 / The 16 digits of the receipt")


class ReporterMessageRequest(ReceiptRequest):
    """A reporter's message."""

    text: MessageText
    message_id: UUID | None = Field(default=None, description="由发送方生成，重发不会重复 / Chosen by the sender")


class Padded(BaseModel):
    """An answer of one of few sizes, so that an observer of the line learns little."""

    padding: str = Field(default="", description="填充，无含义 / Filling; means nothing")


class Receipt(Padded):
    """The receipt, shown once."""

    receipt: str = Field(description="16 位回执编号，仅显示一次 / The 16 digits; shown once, kept nowhere")
    receipt_grouped: str = Field(description="便于抄写 / Grouped for writing down")

    @classmethod
    def of(cls, receipt: str) -> Self:
        """Show a receipt."""
        return cls(receipt=receipt, receipt_grouped=display(receipt))


class ReporterMessageView(BaseModel):
    """A message as the reporter reads it."""

    author: Literal["reporter", "handler"]
    posted_on: date
    text: str


class ReporterRewardView(BaseModel):
    """The reward as the reporter sees it."""

    state: RewardState
    amount_fen: int | None
    claim_until: date | None


class TipStatus(Padded):
    """How a tip stands."""

    status: Status
    outcome: Status | None
    received_on: date
    due_on: date | None
    refusal_reason: RefusalReason | None
    messages: list[ReporterMessageView]
    reward: ReporterRewardView

    @classmethod
    def of(cls, view: ReporterView) -> Self:
        """Show what the holder of the receipt may know."""
        return cls(
            status=view.status,
            outcome=view.outcome,
            received_on=view.received_on,
            due_on=view.due_on,
            refusal_reason=view.refusal_reason,
            messages=[
                ReporterMessageView(author=entry.author, posted_on=entry.posted_on, text=entry.text)
                for entry in view.messages
            ],
            reward=ReporterRewardView(
                state=view.reward.state, amount_fen=view.reward.amount_fen, claim_until=view.reward.claim_until
            ),
        )


class Claim(Padded):
    """A claimed reward."""

    payment_token: str = Field(description="领奖凭证 / Token for the pay desk")
    amount_fen: int

    @classmethod
    def of(cls, claimed: ClaimedReward) -> Self:
        """Show the token."""
        return cls(payment_token=claimed.payment_token, amount_fen=claimed.amount_fen)

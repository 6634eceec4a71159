"""What a reporter is shown of a tip: status, conversation, reward, and what is to be paid back."""

from datetime import date
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.tips.api.public_models import Padded
from services.tips.domain.attachment import MetadataState, ScanState
from services.tips.domain.dispute import Verdict
from services.tips.domain.filing import AdditionKind
from services.tips.domain.identity_opening import Category
from services.tips.domain.reward_claim import RewardState
from services.tips.domain.reward_reclaim import ReclaimReason, ReclaimState
from services.tips.domain.tip import RefusalReason, Status
from services.tips.use_cases.look_up_tip import ReporterView


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


class ReporterReclaimView(BaseModel):
    """A demand to pay a reward back, as the reporter sees it."""

    state: ReclaimState
    reason: ReclaimReason
    amount_fen: int
    repaid_fen: int
    outstanding_fen: int = Field(description="尚需退回（分） / Left to be repaid, in fen")
    demanded_on: date
    repayment_number: UUID | None = Field(
        description="退款编号，退款时告知发放机构 / What the payout office is told with the money"
    )


class DisputeView(BaseModel):
    """An objection as the reporter sees it."""

    raised_on: date
    due_on: date
    verdict: Verdict | None


class ReporterFileView(BaseModel):
    """A file as the reporter sees it."""

    number: int
    added_on: date
    size_bytes: int
    metadata: MetadataState
    scan: ScanState


class AdditionView(BaseModel):
    """Something that was added later and for which a statement was signed."""

    number: int
    kind: AdditionKind
    day: date = Field(description="登记日期，收录于该日的树 / Day of the tree it stands in")


class IdentityOpenedView(BaseModel):
    """That two officers had the identity opened."""

    on: date
    category: Category


class TipStatus(Padded):
    """How a tip stands."""

    status: Status
    outcome: Status | None
    received_on: date
    due_on: date | None
    refusal_reason: RefusalReason | None
    messages: list[ReporterMessageView]
    reward: ReporterRewardView
    named: bool
    disputable: bool = Field(description="可以提出异议 / Whether the outcome can be disputed now")
    dispute: DisputeView | None
    reclaims: list[ReporterReclaimView] = Field(description="追回的奖励 / What is to be paid back")
    files: list[ReporterFileView]
    additions: list[AdditionView] = Field(description="补充内容及其凭据 / What was added later, each with a statement")
    identity_openings: list[IdentityOpenedView] = Field(description="身份信息开启记录 / When the identity was opened")

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
            named=view.named,
            disputable=view.disputable,
            dispute=None
            if view.dispute is None
            else DisputeView(
                raised_on=view.dispute.raised_on, due_on=view.dispute.due_on, verdict=view.dispute.verdict
            ),
            reclaims=[
                ReporterReclaimView(
                    state=each.state,
                    reason=each.reason,
                    amount_fen=each.amount_fen,
                    repaid_fen=each.repaid_fen,
                    outstanding_fen=each.outstanding_fen,
                    demanded_on=each.demanded_on,
                    repayment_number=each.repayment_number,
                )
                for each in view.reclaims
            ],
            files=[
                ReporterFileView(
                    number=file.number,
                    added_on=file.added_on,
                    size_bytes=file.size_bytes,
                    metadata=file.metadata,
                    scan=file.scan,
                )
                for file in view.files
            ],
            additions=[AdditionView(number=each.number, kind=each.kind, day=each.day) for each in view.additions],
            identity_openings=[
                IdentityOpenedView(on=opened.on, category=opened.category) for opened in view.identity_openings
            ],
        )

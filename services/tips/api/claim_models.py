"""What travels when a reward is claimed and paid: payees, payment tokens, payouts."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.tips.api.models import Request
from services.tips.api.public_models import Line, Padded, ReceiptRequest
from services.tips.domain.reward_claim import RewardState
from services.tips.storage.payouts import Payee, Payout
from services.tips.use_cases.claim_reward import ClaimedReward

PAYEE_FORMAT = "fundwarden-sealed-payee/1"


class PayeeFields(Request):
    """Where a reward is to be paid to."""

    name: Line = Field(description="收款人姓名 / Name of the payee")
    account: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z@.+ -]{5,60}$")] = Field(
        description="银行账号 / Account number"
    )
    bank: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = Field(
        default="", description="开户行 / Bank"
    )

    def payee(self) -> Payee:
        """Return what is sealed."""
        return Payee(self.name, self.account, self.bank)


class ClaimRequest(ReceiptRequest):
    """A claim of a reward."""

    payee: PayeeFields | None = Field(
        default=None,
        description="收款信息，仅发放机构可解密，可不填而凭领奖凭证到窗口领取 / Sealed for the payout office; leave it "
        "out to bring the token in person",
    )


class Claim(Padded):
    """A claimed reward."""

    payment_token: str = Field(description="领奖凭证，只能使用一次 / Token for the payout office; works once")
    amount_fen: int
    good_until: date = Field(
        description="凭证有效期，过期后凭回执重新获取 / Last day; a new one can be fetched after it"
    )
    payee_left: bool = Field(description="是否已留收款信息 / Whether the payout office was told where to pay")

    @classmethod
    def of(cls, claimed: ClaimedReward) -> Self:
        """Show the token."""
        return cls(
            payment_token=claimed.payment_token,
            amount_fen=claimed.amount_fen,
            good_until=claimed.good_until,
            payee_left=claimed.payee_left,
        )


class TransferRequest(Request):
    """A transfer that was made."""

    payment_token: Annotated[str, StringConstraints(min_length=20, max_length=64)] = Field(
        description="领奖凭证，来自举报人或密封的收款信息 / The token, from the reporter or beside the payee"
    )
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")] = Field(
        description="支付凭证号，不含姓名账号 / Number of the payment voucher; no name, no account"
    )


class PayoutView(BaseModel):
    """A payout as its office sees it: no tip, no institution, no name."""

    payout_id: UUID
    state: RewardState
    amount_fen: int
    claimed_on: date | None
    token_until: date | None
    payee_left: bool = Field(description="是否有密封的收款信息 / Whether there is a sealed payee")
    transferred_by: str | None
    confirmed_by: str | None
    paid_fen: int | None
    paid_at: datetime | None
    reference: str | None

    @classmethod
    def of(cls, payout: Payout) -> Self:
        """Show a payout."""
        reward = payout.reward
        return cls(
            payout_id=payout.id,
            state=reward.state,
            amount_fen=reward.amount_fen,
            claimed_on=reward.claimed_on,
            token_until=reward.token_until,
            payee_left=payout.payee is not None,
            transferred_by=reward.prepared_by,
            confirmed_by=reward.paid_by,
            paid_fen=reward.paid_fen,
            paid_at=reward.paid_at,
            reference=reward.payout_reference,
        )


class SealedPayeeView(BaseModel):
    """What the payout office opens offline with `fundwarden tips open-payee`."""

    format: str = PAYEE_FORMAT
    payout_id: UUID
    key_id: str | None = Field(description="所用发放机构公钥 / Which key of the payout office opens it")
    sealed: str = Field(description="base64")

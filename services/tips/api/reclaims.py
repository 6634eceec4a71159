"""Routes for taking back (追回) what was paid of a reward: the desk demands, the payout office notes what came."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, StringConstraints

from services.kit.auth import Principal, require
from services.tips import public_wiring
from services.tips.api.desk_access import Handler, Reader, Resources, agency_only, may_see_tip
from services.tips.api.models import Request
from services.tips.api.payouts import Officer
from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_reclaim import Claimed, Reclaim, ReclaimReason, ReclaimState, WaiverReason

router = APIRouter(
    prefix="/tips/v1",
    tags=["奖励追回 / reclaims"],
    dependencies=[Depends(agency_only), Depends(may_see_tip)],
    max_body_size=16 * 1024,
)
office = APIRouter(prefix="/tips/v1/repayments", tags=["奖励追回 / reclaims"], max_body_size=16 * 1024)

Approver = Annotated[Principal, Depends(require("tips:approve"))]
Number = Annotated[int, Path(ge=1, le=32_767, description="该奖励的第几次追回 / Which reclaim of the reward")]
Fen = Annotated[int, Field(ge=1, le=20_000_000, description="金额（分） / Amount in fen")]


class ReclaimProposal(Request):
    """Proposal to take something back."""

    reason: ReclaimReason = Field(description="追回理由 / Reason of the list")
    exclusion: Exclusion | None = Field(
        default=None, description="不符合奖励条件的情形，仅在该理由时填写 / Which exclusion, where that is the reason"
    )
    amount_fen: Fen

    def claimed(self) -> Claimed:
        """Return what the use case takes."""
        return Claimed(self.reason, self.amount_fen, self.exclusion)


class ReclaimApproval(Request):
    """Approval of a demand."""

    amount_fen: Fen


class Waiver(Request):
    """Waiver of what is left."""

    reason: WaiverReason = Field(description="免除理由 / Reason of the list")


class ReclaimView(BaseModel):
    """A reclaim as the desk sees it; without the number under which the reporter repays."""

    tip_id: UUID
    number: int
    state: ReclaimState
    reason: ReclaimReason
    exclusion: Exclusion | None
    amount_fen: int
    repaid_fen: int = Field(description="已退回（分） / Repaid so far, in fen")
    outstanding_fen: int = Field(description="尚欠（分） / Left to be repaid, in fen")
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    waiver: WaiverReason | None
    waived_by: str | None
    waived_at: datetime | None

    @classmethod
    def of(cls, reclaim: Reclaim) -> Self:
        """Show a reclaim."""
        return cls(
            tip_id=reclaim.tip_id,
            number=reclaim.number,
            state=reclaim.state,
            reason=reclaim.reason,
            exclusion=reclaim.exclusion,
            amount_fen=reclaim.amount_fen,
            repaid_fen=reclaim.repaid_fen,
            outstanding_fen=reclaim.outstanding_fen,
            proposed_by=reclaim.proposed_by,
            proposed_at=reclaim.proposed_at,
            decided_by=reclaim.decided_by,
            decided_at=reclaim.decided_at,
            waiver=reclaim.waiver,
            waived_by=reclaim.waived_by,
            waived_at=reclaim.waived_at,
        )


class RepaymentRequest(Request):
    """Money that came."""

    repayment_number: UUID = Field(description="退款编号，由举报人提供 / The number that the reporter gives")
    amount_fen: Fen
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")] = Field(
        description="收款凭证号，不含姓名账号 / Number of the voucher; no name, no account"
    )


class DemandView(BaseModel):
    """A demand as the payout office sees it: no tip, no institution, no name."""

    repayment_number: UUID | None
    state: ReclaimState
    amount_fen: int
    repaid_fen: int
    outstanding_fen: int
    demanded_at: datetime | None

    @classmethod
    def of(cls, reclaim: Reclaim) -> Self:
        """Show a demand."""
        return cls(
            repayment_number=reclaim.repayment_number,
            state=reclaim.state,
            amount_fen=reclaim.amount_fen,
            repaid_fen=reclaim.repaid_fen,
            outstanding_fen=reclaim.outstanding_fen,
            demanded_at=reclaim.decided_at,
        )


@router.get("/tips/{tip_id}/reward-reclaims", summary="奖励追回 / Reclaims of a reward")
async def list_reclaims(tip_id: UUID, reader: Reader, resources: Resources) -> list[ReclaimView]:
    """List what was proposed to be taken back of the reward of one reporter, and what came of it."""
    _ = reader
    found = await public_wiring.build_reclaim_rewards(resources).read(tip_id)
    return [ReclaimView.of(reclaim) for reclaim in found]


@router.post("/tips/{tip_id}/reward-reclaims", status_code=201, summary="提出追回 / Propose a reclaim")
async def propose(tip_id: UUID, body: ReclaimProposal, handler: Handler, resources: Resources) -> ReclaimView:
    """Propose to demand money back; with what was demanded before never more than was paid."""
    return ReclaimView.of(
        await public_wiring.build_reclaim_rewards(resources).propose(tip_id, body.claimed(), by=handler.subject)
    )


@router.post("/tips/{tip_id}/reward-reclaims/{number}/approval", summary="批准追回 / Demand it")
async def approve(
    tip_id: UUID, number: Number, body: ReclaimApproval, approver: Approver, resources: Resources
) -> ReclaimView:
    """Demand what a colleague proposed; the reporter sees it with the receipt."""
    return ReclaimView.of(
        await public_wiring.build_reclaim_rewards(resources).decide(
            tip_id, number, body.amount_fen, by=approver.subject
        )
    )


@router.post("/tips/{tip_id}/reward-reclaims/{number}/refusal", summary="退回追回建议 / Turn it down")
async def turn_down(tip_id: UUID, number: Number, approver: Approver, resources: Resources) -> ReclaimView:
    """Refuse what a colleague proposed."""
    reclaiming = public_wiring.build_reclaim_rewards(resources)
    return ReclaimView.of(await reclaiming.turn_down(tip_id, number, by=approver.subject))


@router.post("/tips/{tip_id}/reward-reclaims/{number}/waiver", summary="免除追回 / Waive what is left")
async def waive(tip_id: UUID, number: Number, body: Waiver, approver: Approver, resources: Resources) -> ReclaimView:
    """Give up what is left of a demand, as somebody who took no part in it."""
    reclaiming = public_wiring.build_reclaim_rewards(resources)
    return ReclaimView.of(await reclaiming.waive(tip_id, number, body.reason, by=approver.subject))


@office.get("", summary="待退款 / What is to be repaid")
async def list_demanded(payer: Officer, resources: Resources) -> list[DemandView]:
    """List the demands of the region, the oldest first."""
    found = await public_wiring.build_take_repayments(resources).due(payer)
    return [DemandView.of(reclaim) for reclaim in found]


@office.post("", summary="登记退款 / Note a repayment")
async def note(body: RepaymentRequest, payer: Officer, resources: Resources) -> DemandView:
    """Note money that came under a voucher; the same voucher again changes nothing."""
    return DemandView.of(
        await public_wiring.build_take_repayments(resources).note(
            body.repayment_number, body.amount_fen, body.reference, payer
        )
    )

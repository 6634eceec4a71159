"""Routes for the reward (举报奖励): proposed by a handler, approved by two others, paid against the token."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.kit.auth import Principal, require
from services.kit.clock import business_date
from services.tips import wiring
from services.tips.api.handling import Handler, Resources, agency_only
from services.tips.api.models import Payout, RewardApproval, RewardProposal, RewardView

router = APIRouter(
    prefix="/tips/v1",
    tags=["举报奖励 / rewards"],
    dependencies=[Depends(agency_only)],
    max_body_size=16 * 1024,
)

Approver = Annotated[Principal, Depends(require("tips:approve"))]


@router.post("/tips/{tip_id}/reward-proposal", summary="提出奖励 / Propose a reward")
async def propose(tip_id: UUID, body: RewardProposal, handler: Handler, resources: Resources) -> RewardView:
    """Compute the reward by the region's table."""
    reward = await wiring.build_propose_reward(resources)(
        tip_id, level=body.level, insider=body.insider, by=handler.subject
    )
    return RewardView.of(reward, business_date(resources.clock.now()))


@router.post("/tips/{tip_id}/reward-approval", summary="审批奖励 / Approve a reward")
async def approve(tip_id: UUID, body: RewardApproval, approver: Approver, resources: Resources) -> RewardView:
    """Give one of two approvals to the amount."""
    reward = await wiring.build_approve_reward(resources)(tip_id, body.amount_fen, by=approver.subject)
    return RewardView.of(reward, business_date(resources.clock.now()))


@router.post("/tips/{tip_id}/payout", summary="登记发放 / Record the payout")
async def pay(tip_id: UUID, body: Payout, approver: Approver, resources: Resources) -> RewardView:
    """Record the payout against the reporter's token."""
    reward = await wiring.build_record_payout(resources)(
        tip_id, body.payment_token, body.reference, by=approver.subject
    )
    return RewardView.of(reward, business_date(resources.clock.now()))

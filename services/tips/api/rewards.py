"""Routes for the reward (举报奖励) of a matter: proposed by a handler, approved by two others."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.kit.auth import Principal, require
from services.kit.clock import business_date
from services.tips import wiring
from services.tips.api.desk_access import Handler, Reader, Resources, agency_only, may_see_tip
from services.tips.api.models import Request, RewardView
from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_claim import Reward
from services.tips.storage.rewards import together
from services.tips.use_cases.reward_desk import Proposal

router = APIRouter(
    prefix="/tips/v1",
    tags=["举报奖励 / rewards"],
    dependencies=[Depends(agency_only), Depends(may_see_tip)],
    max_body_size=32 * 1024,
)

Approver = Annotated[Principal, Depends(require("tips:approve"))]
_MOST_REPORTERS = 100


class JointReporter(Request):
    """Somebody who reported together with the first."""

    tip_id: UUID
    weight: int = Field(default=1, ge=1, le=10_000, description="约定的分配权重 / Weight of the share agreed on")


class ExcludedReporter(Request):
    """A reporter who gets nothing."""

    tip_id: UUID
    reason: Exclusion = Field(description="不予奖励情形 / Reason of the table")


class RewardProposal(Request):
    """Proposal of a reward; with nothing said of others the first reporter gets all of it."""

    level: Literal[1, 2, 3] = Field(description="举报等级 / Level of the reporter's help")
    insider: bool = Field(default=False, description="内部人员 / Staff or former staff of the institution")
    of_person: bool = Field(default=False, description="个人案件 / Case of a person instead of an institution")
    joint: list[JointReporter] = Field(
        default=[], max_length=_MOST_REPORTERS, description="联名举报，按约定或均分 / Reported together with the first"
    )
    decisive: list[UUID] = Field(
        default=[], max_length=_MOST_REPORTERS, description="后续提供关键证据的举报 / Later, with decisive evidence"
    )
    excluded: list[ExcludedReporter] = Field(default=[], max_length=_MOST_REPORTERS, description="不予奖励 / Excluded")

    without_loss_fen: int | None = Field(
        default=None,
        ge=1,
        le=20_000_000,
        description="未造成损失的举报的奖励（分），在标准的幅度内；有案值时不填 / For a tip without a loss, within the "
        "bounds of the table",
    )

    def proposal(self) -> Proposal:
        """Return what the use case takes."""
        return Proposal(
            level=self.level,
            insider=self.insider,
            of_person=self.of_person,
            joint={each.tip_id: each.weight for each in self.joint},
            decisive=frozenset(self.decisive),
            excluded={each.tip_id: each.reason for each in self.excluded},
            without_loss_fen=self.without_loss_fen,
        )


class RewardApproval(Request):
    """Approval of a reward."""

    amount_fen: int = Field(ge=0, description="所批准的合计金额（分） / Sum the approver has seen, in fen")


class MatterReward(RewardView):
    """The reward of the reporter whose tip leads, or of the first who gets one, with all shares."""

    total_fen: int = Field(description="本案奖励合计（分） / All shares together, in fen")
    shares: list[RewardView]


class Bounds(BaseModel):
    """Smallest and largest sum, in fen."""

    minimum_fen: int
    maximum_fen: int


class Table(BaseModel):
    """A reward table as far as a decision needs to name it."""

    version: str
    region: str
    effective_from: str
    source: str
    without_loss: Bounds | None = Field(
        description="未造成损失的属实举报的奖励幅度；空为不奖励 / For true tips without a loss; null: none"
    )
    verified: bool = Field(description="是否已与原文核对 / Whether its numbers were read in the rules themselves")


@router.get("/tips/{tip_id}/reward", summary="本案奖励 / Reward of the matter")
async def read(tip_id: UUID, reader: Reader, resources: Resources) -> list[RewardView]:
    """List the shares, the first reporter's first; none before a proposal."""
    _ = reader
    _, _, found = await wiring.build_reward_desk(resources).read(tip_id)
    today = business_date(resources.clock.now())
    return [RewardView.of(reward, today) for reward in found]


@router.get("/tips/{tip_id}/reward-table", summary="适用的奖励标准 / Table that holds for a tip")
async def read_table(tip_id: UUID, reader: Reader, resources: Resources) -> Table:
    """Name the table in force on the day of the decision, in the tip's region or above."""
    _ = reader
    desk = wiring.build_reward_desk(resources)
    tip, _, _ = await desk.read(tip_id)
    policy = desk.policy_for(tip)
    fixed = policy.without_loss
    return Table(
        version=policy.version,
        region=policy.region,
        effective_from=policy.effective_from.isoformat(),
        source=policy.source,
        without_loss=None if fixed is None else Bounds(minimum_fen=fixed.minimum_fen, maximum_fen=fixed.maximum_fen),
        verified=policy.verified,
    )


@router.post("/tips/{tip_id}/reward-proposal", summary="提出奖励 / Propose a reward")
async def propose(tip_id: UUID, body: RewardProposal, handler: Handler, resources: Resources) -> MatterReward:
    """Compute the reward by the region's table and share it among the reporters of the matter."""
    found = await wiring.build_reward_desk(resources).propose(tip_id, body.proposal(), by=handler.subject)
    return _shown(tip_id, found, resources)


@router.post("/tips/{tip_id}/reward-approval", summary="审批奖励 / Approve a reward")
async def approve(tip_id: UUID, body: RewardApproval, approver: Approver, resources: Resources) -> MatterReward:
    """Give one of two approvals to all shares."""
    found = await wiring.build_reward_desk(resources).approve(tip_id, body.amount_fen, by=approver.subject)
    return _shown(tip_id, found, resources)


@router.post("/tips/{tip_id}/reward-refusal", summary="退回奖励建议 / Turn a proposal down")
async def turn_down(tip_id: UUID, approver: Approver, resources: Resources) -> MatterReward:
    """Send a proposal back, so that a handler makes another one."""
    found = await wiring.build_reward_desk(resources).send_back(tip_id, by=approver.subject)
    return _shown(tip_id, found, resources)


@router.post("/tips/{tip_id}/reward-extension", summary="延长领取期限 / Extend the time to claim")
async def extend(tip_id: UUID, approver: Approver, resources: Resources) -> RewardView:
    """Give one reporter more time, once, where the table allows it."""
    reward = await wiring.build_reward_desk(resources).extend(tip_id, by=approver.subject)
    return RewardView.of(reward, business_date(resources.clock.now()))


def _shown(tip_id: UUID, found: list[Reward], resources: wiring.Resources) -> MatterReward:
    today = business_date(resources.clock.now())
    own = next((reward for reward in found if reward.tip_id == tip_id), found[0])
    shares = [RewardView.of(reward, today) for reward in found]
    return MatterReward(**RewardView.of(own, today).model_dump(), total_fen=together(found), shares=shares)

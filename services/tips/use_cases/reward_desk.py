"""Decide on the reward of a matter: propose who gets how much, approve it, extend the time to claim."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict
from services.tips.domain.case_value import Entry, case_value
from services.tips.domain.reward import Exclusion, RewardPolicy, policy_in_force, reward_amount, reward_without_loss
from services.tips.domain.reward_claim import Reward, RewardState, approve, extend_claim, turn_down
from services.tips.domain.reward_sharing import shares, split
from services.tips.domain.tip import Channel, Status, Tip
from services.tips.storage import case_values, matters, rewards
from services.tips.use_cases.errors import as_conflict, no_such_reward, repeated_otherwise
from services.tips.use_cases.handling import Details, locked_matter, locked_tip, log_step


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a handler proposes."""

    level: int
    insider: bool = False
    of_person: bool = False
    joint: Mapping[UUID, int] = field(default_factory=dict)
    """Tips of those who reported together with the first, by the weight of their shares."""
    decisive: Collection[UUID] = ()
    """Later tips whose evidence decided the case."""
    excluded: Mapping[UUID, Exclusion] = field(default_factory=dict)
    """Tips whose reporters get nothing, and why; with the only tip, or all of them, the reward is refused."""
    without_loss_fen: int | None = None
    """Sum for a tip that cost the fund nothing, where the table leaves it to the desk."""


class RewardDesk:
    """Computes rewards by the table of the tip's region that was in force on the day of the decision."""

    def __init__(
        self, database: Database, clock: Clock, policies: Mapping[str, RewardPolicy], *, otherwise: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._policies = policies
        self._otherwise = otherwise
        """Region whose table holds where a tip's own region has none."""

    async def propose(self, tip_id: UUID, proposal: Proposal, *, by: str) -> list[Reward]:
        """Return the shares of the matter that a tip leads, the first reporter's first.

        Raises NotFound, and Conflict where the matter earns none, somebody named cannot share, or it was proposed
        otherwise before.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            _require_lead(tip)
            stored = await rewards.list_rewards(session, tip_id)
            entries = await case_values.list_entries(session, tip_id)
            if any(reward.state is not RewardState.NONE for reward in stored):
                value = stored[0].case_value_fen if entries else None
                made = await self._rewards(session, tip, followers, proposal, value, by=by, now=now)
                if _terms(made, fixed=not entries) != _terms(stored, fixed=not entries):
                    raise repeated_otherwise()
                return stored
            value = _require_rewardable(tip, entries)
            made = await self._rewards(session, tip, followers, proposal, value, by=by, now=now)
            await rewards.delete_rewards(session, tip_id)
            for reward in made:
                await rewards.store_reward(session, reward)
            for reward in made:
                details: Details = {
                    "amount_fen": reward.amount_fen,
                    "case_value_fen": reward.case_value_fen,
                    "level": proposal.level,
                    "policy": reward.policy_version,
                    "shares": len(made),
                    "exclusion": reward.exclusion,
                }
                await log_step(
                    session, _tip_of(reward, tip, followers), "reward_proposed", by=by, now=now, details=details
                )
        return made

    async def approve(self, tip_id: UUID, amount_fen: int, *, by: str) -> list[Reward]:
        """Give one of two approvals to all shares of a matter; raises NotFound, and Conflict.

        ``amount_fen`` is what the approver has seen as the sum of the shares; another one now is a Conflict.
        """
        now = self._clock.now()
        today = business_date(now)
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            stored = await rewards.list_rewards(session, tip_id)
            if not stored:
                raise no_such_reward()
            if rewards.together(stored) != amount_fen:
                raise Conflict(
                    "reward_amount_changed", zh="奖励金额已变化，请重新核对。", en="The amount has changed; look again."
                )
            open_ones = [reward for reward in stored if reward.state is RewardState.PROPOSED] or stored
            with as_conflict():
                approved = [
                    approve(reward, by=by, today=today, claim_months=self._policy(reward).claim_months)
                    for reward in open_ones
                ]
            changed = [after for after, before in zip(approved, open_ones, strict=True) if after is not before]
            for reward in changed:
                await rewards.store_reward(session, reward)
            for reward in changed:
                about = _tip_of(reward, tip, followers)
                await log_step(
                    session, about, "reward_approved", by=by, now=now, details={"amount_fen": reward.amount_fen}
                )
            return await rewards.list_rewards(session, tip_id)

    async def send_back(self, tip_id: UUID, *, by: str) -> list[Reward]:
        """Refuse a proposal as an approver, so that a handler can make another one; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            stored = await rewards.list_rewards(session, tip_id)
            if not stored:
                raise no_such_reward()
            with as_conflict():
                returned = [turn_down(reward, by=by, today=business_date(now)) for reward in stored]
            for reward in returned:
                await rewards.store_reward(session, reward)
            for reward in returned:
                await log_step(session, _tip_of(reward, tip, followers), "reward_turned_down", by=by, now=now)
        return returned

    async def extend(self, tip_id: UUID, *, by: str) -> Reward:
        """Give one reporter more time to claim, once, as the policy allows; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            reward = await rewards.find_reward(session, tip_id)
            if reward is None:
                raise no_such_reward()
            months = self._policy(reward).extension_months
            with as_conflict():
                extended = extend_claim(reward, by=by, today=business_date(now), months=months)
            if extended is not reward:
                await rewards.store_reward(session, extended)
                await log_step(
                    session, tip, "reward_extended", by=by, now=now, details={"until": str(extended.claim_until)}
                )
        return extended

    async def read(self, tip_id: UUID) -> tuple[Tip, list[Tip], list[Reward]]:
        """Return a tip, its followers in the order of their arrival, and the rewards of the matter; raises NotFound."""
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            arrival = await matters.arrival(session, [each.id for each in followers])
            ordered = sorted(followers, key=lambda each: arrival.index(each.id))
            return tip, ordered, await rewards.list_rewards(session, tip.merged_into or tip_id)

    def policy_for(self, tip: Tip) -> RewardPolicy:
        """Return the table that holds for a decided tip; raises Conflict where there is none."""
        day = business_date(tip.decided_at or self._clock.now())
        with as_conflict():
            return policy_in_force(list(self._policies.values()), tip.region, day, otherwise=self._otherwise)

    def _policy(self, reward: Reward) -> RewardPolicy:
        return self._policies[reward.policy_version]

    async def _rewards(
        self,
        session: AsyncSession,
        tip: Tip,
        followers: Sequence[Tip],
        proposal: Proposal,
        value: int | None,
        *,
        by: str,
        now: datetime,
    ) -> list[Reward]:
        policy = self.policy_for(tip)
        reporters = {each.id: each for each in (tip, *followers)}
        arrival = await matters.arrival(session, list(reporters))
        barred = {each: found for each in arrival if (found := _exclusion(reporters[each], proposal, policy))}
        if not set(proposal.excluded) <= barred.keys():
            raise Conflict(
                "exclusion_unknown",
                zh="所列举报不属于本案，或该奖励标准没有这一不予奖励情形。",
                en="A tip that is named is not of this matter, or the policy knows no such reason.",
            )
        eligible = [each for each in arrival if each not in barred]
        base = Reward(
            tip_id=tip.id,
            state=RewardState.PROPOSED,
            policy_version=policy.version,
            level=proposal.level,
            insider=proposal.insider,
            case_value_fen=value or 0,
            amount_fen=0,
            proposed_by=by,
            proposed_at=now,
            matter_id=tip.id,
            of_person=proposal.of_person,
        )
        refused = [
            replace(base, tip_id=each, exclusion=reason, place=place)
            for place, (each, reason) in enumerate(barred.items(), start=len(eligible))
            if each in proposal.excluded
        ]
        if not eligible:
            _require_refusal(refused, barred.values())
            return refused
        total = _total(base, policy, proposal, without_loss=value is None)
        return [*_shared(base, policy, eligible, proposal, total), *refused]


def _total(base: Reward, policy: RewardPolicy, proposal: Proposal, *, without_loss: bool) -> int:
    """Return the reward of a matter: a share of the case value, or a sum of its own where nothing was lost."""
    if not without_loss and proposal.without_loss_fen is not None:
        raise Conflict(
            "loss_known",
            zh="本案有案值，奖励按比例计算，不能另定金额。",
            en="The matter has a case value; its reward is a share of it.",
        )
    with as_conflict():
        if without_loss:
            return reward_without_loss(policy, proposal.without_loss_fen)
        return reward_amount(
            policy, base.case_value_fen, level=base.level, insider=base.insider, of_person=base.of_person
        )


def _shared(
    base: Reward, policy: RewardPolicy, eligible: Sequence[UUID], proposal: Proposal, total: int
) -> list[Reward]:
    """Return the rewards of those who share, the first reporter's first."""
    with as_conflict():
        found = shares(policy, eligible, joint=proposal.joint, decisive=proposal.decisive)
    amounts = split(total, [share.fraction for share in found], unit_fen=policy.rounding_fen)
    return [
        replace(
            base,
            tip_id=share.tip_id,
            amount_fen=amount,
            place=place,
            share_part=share.fraction.numerator,
            share_of=share.fraction.denominator,
        )
        for place, (share, amount) in enumerate(zip(found, amounts, strict=True))
    ]


def _exclusion(tip: Tip, proposal: Proposal, policy: RewardPolicy) -> Exclusion | None:
    """Return why a reporter gets nothing: what the tip itself shows comes first, then what the handler says."""
    if tip.withdrawn_on is not None:
        return Exclusion.WITHDRAWN
    if tip.channel is Channel.SUPERVISOR and Exclusion.SOCIAL_SUPERVISOR in policy.exclusions:
        return Exclusion.SOCIAL_SUPERVISOR
    said = proposal.excluded.get(tip.id)
    return said if said in policy.exclusions else None


def _require_refusal(refused: Sequence[Reward], reasons: Collection[Exclusion]) -> None:
    """Pass where a handler says why nobody is rewarded; what the tips show themselves needs no decision."""
    if refused:
        return
    if Exclusion.WITHDRAWN in reasons:
        raise Conflict("tip_withdrawn", zh="举报已撤回，不予奖励。", en="A withdrawn tip earns no reward.")
    raise Conflict(
        "supervisor_not_rewarded",
        zh="社会监督员履职举报，按该奖励标准不予奖励。",
        en="Under this policy social supervisors get no reward for what they report.",
    )


def _terms(found: Sequence[Reward], *, fixed: bool) -> set[tuple[object, ...]]:
    """What a proposal says; the amount too where somebody chose it, as no case value gives it."""
    return {
        (
            *(reward.tip_id, reward.level, reward.insider, reward.of_person, reward.fraction, reward.exclusion),
            reward.amount_fen if fixed else None,
        )
        for reward in found
    }


def _tip_of(reward: Reward, tip: Tip, followers: Sequence[Tip]) -> Tip:
    return next(each for each in (tip, *followers) if each.id == reward.tip_id)


def _require_lead(tip: Tip) -> None:
    if tip.merged_into is not None:
        raise Conflict(
            "tip_follows_another",
            zh="该举报已并入另一条举报，请在主举报上办理。",
            en="This tip follows another one; take the step there.",
        )


def _require_rewardable(tip: Tip, entries: Sequence[Entry]) -> int | None:
    """Return the case value; None where the tip was true and nothing was lost, which is no case value that fell."""
    if Status.SUBSTANTIATED not in {tip.status, tip.outcome}:
        raise Conflict("not_substantiated", zh="举报尚未查实。", en="The tip has not been substantiated.")
    value = case_value(entries)
    if entries and value == 0:
        raise Conflict("no_loss", zh="案值为零，不予奖励。", en="There is no loss left to reward.")
    return value if entries else None

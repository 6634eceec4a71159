"""Take back what was paid of a reward: proposed by one, demanded or refused by a second, waived by a third person."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound
from services.tips.domain.reward import RewardPolicy
from services.tips.domain.reward_claim import Reward
from services.tips.domain.reward_reclaim import (
    Claimed,
    Reclaim,
    ReclaimState,
    WaiverReason,
    demand,
    propose_reclaim,
    turn_down_reclaim,
    waive,
)
from services.tips.domain.tip import Tip
from services.tips.storage import erasing, reclaims, rewards, tips
from services.tips.use_cases.errors import as_conflict, no_such_reward, no_such_tip
from services.tips.use_cases.handling import Details, locked_with_lead, log_step


class ReclaimRewards:
    """Keeps the demands of the desk, which learns neither who repays nor under which number."""

    def __init__(self, database: Database, clock: Clock, policies: Mapping[str, RewardPolicy]) -> None:
        self._database = database
        self._clock = clock
        self._policies = policies

    async def read(self, tip_id: UUID) -> list[Reclaim]:
        """Return the reclaims of a tip's reward in order; raises NotFound for an unknown tip."""
        async with self._database.reading() as session:
            if await tips.find_tip(session, tip_id) is None:
                raise no_such_tip()
            return await reclaims.list_reclaims(session, tip_id)

    async def propose(self, tip_id: UUID, claimed: Claimed, *, by: str) -> Reclaim:
        """Propose to demand something back; the same proposal again changes nothing.

        Raises NotFound without a reward, and Conflict where it is not paid, the amount is more than may be demanded, or
        the tip is erased, so that no reporter could see the demand.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, reward, found = await _locked(session, tip_id)
            if await erasing.erased_on(session, tip_id) is not None:
                raise Conflict(
                    "tip_erased",
                    zh="举报已到期清除，举报人无法获知追回。",
                    en="The tip is erased; its reporter could not be told.",
                )
            last = found[-1] if found else None
            if last and last.state is ReclaimState.PROPOSED and _terms(last) == claimed:
                return last
            excluded = claimed.exclusion
            if excluded is not None and excluded not in self._policies[reward.policy_version].exclusions:
                raise Conflict(
                    "exclusion_unknown",
                    zh="该奖励标准没有这一不予奖励情形。",
                    en="The policy knows no such reason.",
                )
            with as_conflict():
                proposed = propose_reclaim(reward, claimed, found, by=by, now=now)
            await reclaims.store_reclaim(session, proposed)
            await _log(session, tip, proposed, "reclaim_proposed", by=by, now=now)
        return proposed

    async def decide(self, tip_id: UUID, number: int, amount_fen: int, *, by: str) -> Reclaim:
        """Demand what was proposed, as a second person who has seen this amount; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, _, found = await _locked(session, tip_id)
            reclaim = _numbered(found, number)
            if reclaim.amount_fen != amount_fen:
                raise Conflict(
                    "reclaim_amount_changed",
                    zh="追回金额不符，请重新核对。",
                    en="The amount is another one; look again.",
                )
            with as_conflict():
                decided = demand(reclaim, by=by, now=now, repayment_number=uuid4())
            if decided is not reclaim:
                await reclaims.store_reclaim(session, decided)
                await _log(session, tip, decided, "reclaim_demanded", by=by, now=now)
        return decided

    async def turn_down(self, tip_id: UUID, number: int, *, by: str) -> Reclaim:
        """Refuse what was proposed, as a second person; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, _, found = await _locked(session, tip_id)
            reclaim = _numbered(found, number)
            with as_conflict():
                refused = turn_down_reclaim(reclaim, by=by, now=now)
            if refused is not reclaim:
                await reclaims.store_reclaim(session, refused)
                await _log(session, tip, refused, "reclaim_turned_down", by=by, now=now)
        return refused

    async def waive(self, tip_id: UUID, number: int, reason: WaiverReason, *, by: str) -> Reclaim:
        """Give up what is left of a demand, as a third person; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, _, found = await _locked(session, tip_id)
            reclaim = _numbered(found, number)
            with as_conflict():
                waived = waive(reclaim, reason, by=by, now=now)
            if waived is not reclaim:
                await reclaims.store_reclaim(session, waived)
                await _log(session, tip, waived, "reclaim_waived", by=by, now=now)
        return waived


def _terms(reclaim: Reclaim) -> Claimed:
    return Claimed(reclaim.reason, reclaim.amount_fen, reclaim.exclusion)


async def _locked(session: AsyncSession, tip_id: UUID) -> tuple[Tip, Reward, list[Reclaim]]:
    tip = await locked_with_lead(session, tip_id)
    reward = await rewards.find_reward(session, tip_id)
    if reward is None:
        raise no_such_reward()
    return tip, reward, await reclaims.list_reclaims(session, tip_id)


def _numbered(found: list[Reclaim], number: int) -> Reclaim:
    reclaim = next((each for each in found if each.number == number), None)
    if reclaim is None:
        raise NotFound("reclaim_unknown", zh="没有这次追回。", en="There is no such reclaim.")
    return reclaim


async def _log(session: AsyncSession, tip: Tip, reclaim: Reclaim, action: str, *, by: str, now: datetime) -> None:
    # Without the repayment number: it is the reporter's and the payout office's.
    details: Details = {
        "number": reclaim.number,
        "amount_fen": reclaim.amount_fen,
        "reason": reclaim.reason.value,
        "repaid_fen": reclaim.repaid_fen,
        "waiver": reclaim.waiver,
    }
    await log_step(session, tip, action, by=by, now=now, details=details)

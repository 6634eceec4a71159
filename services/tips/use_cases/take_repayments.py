"""Note money that reporters pay back; the payout office knows a number and an amount, and no tip."""

from collections.abc import Sequence
from uuid import UUID

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound
from services.tips.domain.access import covers
from services.tips.domain.reward_reclaim import Reclaim, repay
from services.tips.storage import reclaims, rewards, tips
from services.tips.storage.reclaims import Repayment
from services.tips.use_cases.errors import as_conflict, no_such_reward, repeated_otherwise
from services.tips.use_cases.handling import locked_with_lead, log_step
from services.tips.use_cases.pay_rewards import Payer


class TakeRepayments:
    """Counts repayments, each voucher once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due(self, payer: Payer) -> Sequence[Reclaim]:
        """Return what is to be repaid in the payer's region."""
        async with self._database.reading() as session:
            return await reclaims.list_demanded(session, payer.region)

    async def note(self, repayment_number: UUID, amount_fen: int, reference: str, payer: Payer) -> Reclaim:
        """Note money that came under a voucher; the same voucher again changes nothing.

        Raises NotFound for an unknown number and for that of another region, and Conflict for an amount that is more
        than is left, a voucher used for something else, and whoever took part in the decisions.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            seen = await reclaims.find_by_number(session, repayment_number)
            if seen is None or not covers(payer.region, seen.region):
                raise _no_such_number()
            await locked_with_lead(session, seen.reclaim.tip_id)
            found = await reclaims.find_by_number(session, repayment_number)
            if found is None:
                raise _no_such_number()
            reclaim = found.reclaim
            repayment = Repayment(reference, reclaim.tip_id, reclaim.number, amount_fen, payer.subject, now)
            if not await reclaims.insert_repayment(session, repayment):
                before = await reclaims.find_repayment(session, reference)
                if before is None or _what(before) != _what(repayment):
                    raise repeated_otherwise()
                return reclaim
            reward = await rewards.find_reward(session, reclaim.tip_id)
            tip = await tips.find_tip(session, reclaim.tip_id)
            if reward is None or tip is None:
                raise no_such_reward()
            with as_conflict():
                repaid = repay(reclaim, amount_fen, reward, by=payer.subject)
            await reclaims.store_reclaim(session, repaid)
            details = {"number": reclaim.number, "amount_fen": amount_fen, "repaid_fen": repaid.repaid_fen}
            await log_step(session, tip, "reclaim_repaid", by=payer.subject, now=now, details=details)
        return repaid


def _what(repayment: Repayment) -> tuple[object, ...]:
    return repayment.tip_id, repayment.number, repayment.amount_fen


def _no_such_number() -> NotFound:
    return NotFound("repayment_unknown", zh="没有这个退款编号。", en="There is no such repayment number.")

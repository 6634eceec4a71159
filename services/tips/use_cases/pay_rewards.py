"""Pay claimed rewards without cash: one of the payout office makes the transfer, a second one confirms it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound, Unavailable
from services.tips.domain.access import covers
from services.tips.domain.reward_claim import Reward, confirm, hash_token, send_back, transfer, wrong_token
from services.tips.storage import payouts, rewards, tips
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.payouts import Payout
from services.tips.storage.sealing import Unreadable, from_envelope
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_with_lead, log_step


@dataclass(frozen=True, slots=True)
class Payer:
    """Somebody of the payout office."""

    subject: str
    region: str | None
    """Region whose rewards the payer may pay; None for all."""


@dataclass(frozen=True, slots=True, repr=False)
class SealedPayee:
    """What the office takes to the machine that has its private key."""

    payout_id: UUID
    key_id: str | None
    sealed: bytes


class PayRewards:
    """Keeps the payout office to numbers, amounts and sealed payees; it learns of no tip."""

    def __init__(self, database: Database, clock: Clock, keyring: KeyringSource) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring

    async def due(self, payer: Payer) -> tuple[Sequence[Payout], date]:
        """Return what is to be paid in the payer's region, and the present business date."""
        async with self._database.reading() as session:
            return await payouts.list_open(session, payer.region), business_date(self._clock.now())

    async def open(self, payout_id: UUID, payer: Payer) -> SealedPayee:
        """Hand out a payee, still sealed for the office's key; every time is logged.

        Raises NotFound, and Conflict where the reporter left none or the payer proposed or approved the reward.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            payout = await _locked(session, payout_id, payer)
            if payer.subject in payout.reward.involved:
                raise Conflict(
                    "own_approval",
                    zh="提出或审批奖励的人员不得办理发放。",
                    en="Whoever proposed or approved a reward does not pay it.",
                )
            sealed = await tips.find_sealed(session, payout.tip_id)
            if payout.payee is None or sealed is None:
                raise Conflict(
                    "no_payee",
                    zh="举报人未在线填写收款信息，将凭领奖凭证前来办理。",
                    en="The reporter left no payee and will bring the payment token.",
                )
            try:
                blob = from_envelope(payout.payee, sealed.keys, self._keyring)
            except Unreadable as error:
                raise Unavailable(
                    "payee_unreadable",
                    zh="本进程的密钥无法解开收款信息的外层加密。",
                    en="The keys of this process do not open the payee's outer layer.",
                ) from error
            await payouts.note_opening(session, payout_id, by=payer.subject, now=now)
            await self._log(session, payout, "payee_opened", payer, now)
        return SealedPayee(payout_id, payout.payee_key_id, blob)

    async def transfer(self, payment_token: str, reference: str, payer: Payer) -> Payout:
        """Note a transfer against the token of a claim; raises Conflict for a wrong or expired token."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip_id = await rewards.find_by_token(session, hash_token(payment_token))
            found = None if tip_id is None else await payouts.find_of_tip(session, tip_id)
            if found is None or not covers(payer.region, found.region):
                with as_conflict():
                    raise wrong_token()
            payout = await _locked(session, found.id, payer)
            today = business_date(now)
            with as_conflict():
                paying = transfer(payout.reward, payment_token, by=payer.subject, today=today, reference=reference)
            await self._store(session, payout, paying, "reward_transferred", payer, now)
            return await _found(session, payout.id)

    async def confirm(self, payout_id: UUID, payer: Payer) -> Payout:
        """Confirm the transfer of a colleague, which ends the payout; its payee is deleted. Raises Conflict."""

        def paid(reward: Reward, now: datetime) -> Reward:
            return confirm(reward, by=payer.subject, now=now, today=business_date(now))

        return await self._second(payout_id, payer, paid, "reward_paid", forget=True)

    async def send_back(self, payout_id: UUID, payer: Payer) -> Payout:
        """Undo the transfer of a colleague that did not arrive, so that it can be made again. Raises Conflict."""

        def returned(reward: Reward, now: datetime) -> Reward:
            return send_back(reward, by=payer.subject, today=business_date(now))

        return await self._second(payout_id, payer, returned, "reward_returned", forget=False)

    async def _second(
        self,
        payout_id: UUID,
        payer: Payer,
        change: Callable[[Reward, datetime], Reward],
        action: str,
        *,
        forget: bool,
    ) -> Payout:
        now = self._clock.now()
        async with self._database.transaction() as session:
            payout = await _locked(session, payout_id, payer)
            with as_conflict():
                changed = change(payout.reward, now)
            await self._store(session, payout, changed, action, payer, now)
            if forget:
                await payouts.forget_payee(session, payout.tip_id)
            return await _found(session, payout_id)

    async def _store(
        self, session: AsyncSession, payout: Payout, changed: Reward, action: str, payer: Payer, now: datetime
    ) -> None:
        if changed is payout.reward:
            return
        await rewards.store_reward(session, changed)
        await self._log(session, payout, action, payer, now)

    @staticmethod
    async def _log(session: AsyncSession, payout: Payout, action: str, payer: Payer, now: datetime) -> None:
        tip = await tips.find_tip(session, payout.tip_id)
        if tip is not None:
            # Without the payout's number: what the desk sees leads to no payee even with the office's papers at hand.
            details = {"amount_fen": payout.reward.amount_fen}
            await log_step(session, tip, action, by=payer.subject, now=now, details=details)


async def _locked(session: AsyncSession, payout_id: UUID, payer: Payer) -> Payout:
    """Return a payout of the payer's region with its tip locked; raises NotFound for that of another region too."""
    found = await _found(session, payout_id)
    if not covers(payer.region, found.region):
        raise _no_such_payout()
    await locked_with_lead(session, found.tip_id)
    return await _found(session, payout_id)


async def _found(session: AsyncSession, payout_id: UUID) -> Payout:
    found = await payouts.find_payout(session, payout_id)
    if found is None:
        raise _no_such_payout()
    return found


def _no_such_payout() -> NotFound:
    return NotFound("payout_unknown", zh="没有这笔奖励发放。", en="There is no such payout.")

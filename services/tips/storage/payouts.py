"""Payouts: a number for the payout office beside each claimed reward, with the payee sealed for that office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.access import region_prefix
from services.tips.domain.reward_claim import Reward, RewardState
from services.tips.storage.keyring import key_id
from services.tips.storage.rewards import reward_of_row
from services.tips.storage.sealing import Unreadable
from services.tips.storage.tables import payouts, rewards, tips

_PAYEE_BYTES = 1024
"""A sealed payee is filled to a multiple of this, so that its length tells nothing of a name."""

_AT_THE_OFFICE = (RewardState.CLAIMED, RewardState.PAYING)


class Payee(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the money goes; only the payout office can open it."""

    name: str
    account: str
    bank: str = ""


class SealedPayout(msgspec.Struct, frozen=True):
    """What the payout office opens: the payee, and the token with which the payout is recorded."""

    payee: Payee
    payment_token: str


@dataclass(frozen=True, slots=True, repr=False)
class Payout:
    """A claimed reward as the payout office sees it."""

    id: UUID
    tip_id: UUID
    region: str | None
    """Region of the tip, for the check of who may see it."""
    reward: Reward
    payee: bytes | None
    payee_key_id: str | None


class PayeeSealer:
    """Seals payees for the payout office, whose private key no process holds."""

    def __init__(self, public_key: bytes) -> None:
        self._box = SealedBox(PublicKey(public_key))
        self.key_id = key_id(public_key)

    def __call__(self, payee: Payee, payment_token: str) -> bytes:
        """Seal a payee with the token of the claim."""
        content = msgspec.json.encode(SealedPayout(payee, payment_token)) + b"\x80"
        return self._box.encrypt(content + bytes(-len(content) % _PAYEE_BYTES))


def open_payout(blob: bytes, private_key: bytes) -> SealedPayout:
    """Open a payee with the office's private key, on the office's machine; raises Unreadable."""
    try:
        padded = SealedBox(PrivateKey(private_key)).decrypt(blob)
        return msgspec.json.decode(padded[: padded.rindex(b"\x80")], type=SealedPayout)
    except (CryptoError, msgspec.DecodeError, ValueError) as error:
        raise Unreadable from error


async def note_claim(session: AsyncSession, tip_id: UUID, payee: bytes | None, payee_key_id: str | None) -> None:
    """Give a claimed reward its number, or replace the payee where one was claimed before."""
    values = {"payee": payee, "payee_key_id": payee_key_id}
    statement = insert(payouts).values(id=uuid4(), tip_id=tip_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["tip_id"], set_=values))


async def has_payee(session: AsyncSession, tip_id: UUID) -> bool:
    """Whether the reporter has left a payee."""
    query = sa.select(payouts.c.id).where(payouts.c.tip_id == tip_id, payouts.c.payee.is_not(None))
    return await session.scalar(query) is not None


async def find_payout(session: AsyncSession, payout_id: UUID) -> Payout | None:
    """Return a payout by its number."""
    return await _find(session, payouts.c.id == payout_id)


async def find_of_tip(session: AsyncSession, tip_id: UUID) -> Payout | None:
    """Return the payout of a tip."""
    return await _find(session, payouts.c.tip_id == tip_id)


async def list_open(session: AsyncSession, region: str | None) -> Sequence[Payout]:
    """Return what is to be paid in a region, what waits for a confirmation first."""
    query = _query().where(rewards.c.state.in_(_AT_THE_OFFICE)).order_by(rewards.c.state.desc(), rewards.c.claimed_on)
    if prefix := region_prefix(region):
        query = query.where(tips.c.region.startswith(prefix, autoescape=True))
    return [_payout(row) for row in (await session.execute(query.limit(500))).mappings()]


async def note_opening(session: AsyncSession, payout_id: UUID, *, by: str, now: datetime) -> None:
    """Note who was handed the sealed payee."""
    statement = sa.update(payouts).where(payouts.c.id == payout_id)
    await session.execute(statement.values(opened_by=by, opened_at=now))


async def forget_payee(session: AsyncSession, tip_id: UUID) -> None:
    """Delete the payee of a tip: it was paid, its token was renewed, or the tip is erased."""
    await session.execute(sa.update(payouts).where(payouts.c.tip_id == tip_id).values(payee=None, payee_key_id=None))


def _query() -> sa.Select[Any]:
    own = [
        column.label(f"payout_{column.name}")
        for column in (payouts.c.id, payouts.c.tip_id, payouts.c.payee, payouts.c.payee_key_id)
    ]
    return (
        sa.select(rewards, tips.c.region.label("payout_region"), *own)
        .join(payouts, payouts.c.tip_id == rewards.c.tip_id)
        .join(tips, tips.c.id == rewards.c.tip_id)
    )


async def _find(session: AsyncSession, condition: sa.ColumnElement[bool]) -> Payout | None:
    row = (await session.execute(_query().where(condition))).mappings().first()
    return None if row is None else _payout(row)


def _payout(row: Mapping[Any, Any]) -> Payout:
    own = {str(name): value for name, value in row.items()}
    taken = {name: own.pop(f"payout_{name}") for name in ("id", "tip_id", "region", "payee", "payee_key_id")}
    return Payout(reward=reward_of_row(own), **taken)

"""Picks the classes of tips and builds its use cases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.kit.workdays import is_working_day
from services.tips.settings import TipsKeys, TipsSettings
from services.tips.storage.policies import reward_policies
from services.tips.storage.receipts import ReceiptHasher
from services.tips.storage.sealing import Sealer, TeamReader
from services.tips.use_cases.accept_tip import AcceptTip
from services.tips.use_cases.approve_reward import ApproveReward
from services.tips.use_cases.claim_reward import ClaimReward
from services.tips.use_cases.close_tip import CloseTip
from services.tips.use_cases.dismiss_tip import DismissTip
from services.tips.use_cases.extend_deadline import ExtendDeadline
from services.tips.use_cases.follow_findings import RememberFindings, TakeBackFindings
from services.tips.use_cases.look_up_tip import LookUpTip
from services.tips.use_cases.propose_reward import ProposeReward
from services.tips.use_cases.read_tips import ReadQueue, ReadTip
from services.tips.use_cases.receipt_gate import ReceiptGate
from services.tips.use_cases.record_payout import RecordPayout
from services.tips.use_cases.refuse_tip import RefuseTip
from services.tips.use_cases.submit_tip import SubmitTip
from services.tips.use_cases.substantiate_tip import SubstantiateTip
from services.tips.use_cases.withdraw_tip import WithdrawTip
from services.tips.use_cases.write_message import WriteMessage


@dataclass(frozen=True, repr=False)
class Resources:
    """What a process of tips holds as long as it runs; what needs keys is made when first asked for."""

    settings: TipsSettings
    database: Database
    clock: Clock

    @cached_property
    def keys(self) -> TipsKeys:
        """The keys; a worker, which needs none, never asks. Raises ValueError where some are missing."""
        return self.settings.keys()

    @cached_property
    def hasher(self) -> ReceiptHasher:
        """Hashes receipts, a bounded number at a time in this process."""
        return ReceiptHasher(
            self.keys.receipt_salt,
            memory_kib=self.settings.tips_argon2_memory_kib,
            passes=self.settings.tips_argon2_passes,
            concurrency=self.settings.tips_argon2_concurrency,
        )

    @cached_property
    def gate(self) -> ReceiptGate:
        """Counts wrong receipts of everybody in this process."""
        return ReceiptGate(self.hasher, self.clock)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals with public keys."""
        return Sealer(self.keys.team_public, self.keys.identity_public)

    @cached_property
    def reader(self) -> TeamReader:
        """Opens tips where this process holds the team's key."""
        return TeamReader(self.keys.team_private)


@asynccontextmanager
async def open_resources(settings: TipsSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open what tips needs, and close it at the end; raises Unavailable for a stale schema."""
    database = Database(settings.database_url.get_secret_value(), "tips", pool_size=settings.database_pool_size)
    try:
        await database.require_current_schema()
        yield Resources(settings, database, clock or SystemClock())
    finally:
        await database.close()


def build_submit_tip(resources: Resources) -> SubmitTip:
    """Build the taking of tips."""
    return SubmitTip(
        resources.database, resources.clock, resources.hasher, resources.sealer, secret=resources.keys.receipt_salt
    )


def build_look_up_tip(resources: Resources) -> LookUpTip:
    """Build the reporter's look-up."""
    return LookUpTip(resources.database, resources.clock, resources.gate)


def build_write_message(resources: Resources) -> WriteMessage:
    """Build the conversation of reporter and handlers."""
    return WriteMessage(
        resources.database, resources.clock, resources.gate, resources.sealer, secret=resources.keys.receipt_salt
    )


def build_withdraw_tip(resources: Resources) -> WithdrawTip:
    """Build the withdrawal by the reporter."""
    return WithdrawTip(resources.database, resources.clock, resources.gate)


def build_claim_reward(resources: Resources) -> ClaimReward:
    """Build the claim by the reporter."""
    return ClaimReward(resources.database, resources.clock, resources.gate)


def build_read_queue(resources: Resources) -> ReadQueue:
    """Build the handlers' queue."""
    return ReadQueue(resources.database, resources.clock)


def build_read_tip(resources: Resources) -> ReadTip:
    """Build the handlers' view of a tip."""
    return ReadTip(resources.database, resources.clock, resources.reader)


def build_accept_tip(resources: Resources) -> AcceptTip:
    """Build the acceptance."""
    return AcceptTip(resources.database, resources.clock, is_working_day)


def build_extend_deadline(resources: Resources) -> ExtendDeadline:
    """Build the extension of the time to verify."""
    return ExtendDeadline(resources.database, resources.clock, is_working_day)


def build_refuse_tip(resources: Resources) -> RefuseTip:
    """Build the refusal."""
    return RefuseTip(resources.database, resources.clock)


def build_substantiate_tip(resources: Resources) -> SubstantiateTip:
    """Build the decision that a tip is true."""
    return SubstantiateTip(resources.database, resources.clock)


def build_dismiss_tip(resources: Resources) -> DismissTip:
    """Build the decision that a tip is not borne out."""
    return DismissTip(resources.database, resources.clock)


def build_close_tip(resources: Resources) -> CloseTip:
    """Build the closing by a second person."""
    return CloseTip(resources.database, resources.clock)


def build_propose_reward(resources: Resources) -> ProposeReward:
    """Build the proposal of a reward."""
    region = resources.settings.tips_reward_region
    return ProposeReward(resources.database, resources.clock, reward_policies(), region=region)


def build_approve_reward(resources: Resources) -> ApproveReward:
    """Build the approval of a reward."""
    return ApproveReward(resources.database, resources.clock)


def build_record_payout(resources: Resources) -> RecordPayout:
    """Build the record of a payout."""
    return RecordPayout(resources.database, resources.clock)


def build_remember_findings(resources: Resources) -> RememberFindings:
    """Build the memory of confirmed findings."""
    return RememberFindings(resources.database)


def build_take_back_findings(resources: Resources) -> TakeBackFindings:
    """Build the taking back of fallen findings."""
    return TakeBackFindings(resources.database, resources.clock)

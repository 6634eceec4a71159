"""Show reporters how their tip stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips.domain.attachment import MetadataState, ScanState
from services.tips.domain.dispute import Dispute, disputable
from services.tips.domain.filing import AdditionKind
from services.tips.domain.identity_opening import Category, OpeningState
from services.tips.domain.receipt import ReceiptKeys
from services.tips.domain.reward_claim import Reward, RewardState
from services.tips.domain.reward_reclaim import Reclaim, ReclaimReason, ReclaimState
from services.tips.domain.tip import OUTCOMES, RefusalReason, Status, Tip
from services.tips.storage import (
    attachments,
    disputes,
    filing_additions,
    identity_openings,
    messages,
    reclaims,
    rewards,
    tips,
)
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.sealing import read_as_reporter
from services.tips.use_cases.file_additions import list_filed
from services.tips.use_cases.receipt_gate import ReceiptGate


@dataclass(frozen=True, slots=True, repr=False)
class ReporterMessage:
    """A message as its reporter reads it."""

    author: Literal["reporter", "handler"]
    posted_on: date
    text: str


@dataclass(frozen=True, slots=True)
class ReporterReward:
    """A reward as its reporter sees it; the amount shows once it is approved."""

    state: RewardState
    amount_fen: int | None
    claim_until: date | None


@dataclass(frozen=True, slots=True)
class ReporterReclaim:
    """A demand to pay a reward back, as its reporter sees it."""

    state: ReclaimState
    reason: ReclaimReason
    amount_fen: int
    repaid_fen: int
    outstanding_fen: int
    demanded_on: date
    repayment_number: UUID | None
    """What the payout office has to be told with the money; None once nothing is left to be paid."""


@dataclass(frozen=True, slots=True)
class ReporterFile:
    """A file as its reporter sees it: no name, for whoever finds the receipt."""

    number: int
    added_on: date
    size_bytes: int
    metadata: MetadataState
    scan: ScanState


@dataclass(frozen=True, slots=True)
class ReporterAddition:
    """That a statement was signed for something added later; `ReadFiling` gives it."""

    number: int
    kind: AdditionKind
    day: date
    """Day of the tree it stands in."""


@dataclass(frozen=True, slots=True)
class IdentityOpened:
    """That somebody was given the reporter's identity: the day, and why."""

    on: date
    category: Category


@dataclass(frozen=True, slots=True, repr=False)
class ReporterView:
    """What the holder of a receipt may know."""

    status: Status
    outcome: Status | None
    received_on: date
    due_on: date | None
    refusal_reason: RefusalReason | None
    messages: Sequence[ReporterMessage]
    reward: ReporterReward
    files: Sequence[ReporterFile] = ()
    identity_openings: Sequence[IdentityOpened] = ()
    named: bool = False
    disputable: bool = False
    """Whether the reporter may object to the outcome now."""
    dispute: Dispute | None = None
    """The last objection."""
    additions: Sequence[ReporterAddition] = ()
    reclaims: Sequence[ReporterReclaim] = ()


class LookUpTip:
    """Opens a tip for the holder of its receipt."""

    def __init__(self, database: Database, clock: Clock, gate: ReceiptGate, keyring: KeyringSource) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate
        self._keyring = keyring

    async def __call__(self, receipt: str) -> ReporterView:
        """Return status, conversation and reward; raises NotFound for a wrong receipt, and TooMany."""
        keys = await self._gate.keys(receipt)
        async with self._database.reading() as session:
            view = await self._view(session, keys)
        if view is None:
            raise self._gate.wrong_receipt()
        return view

    async def _view(self, session: AsyncSession, keys: ReceiptKeys) -> ReporterView | None:
        sealed = await tips.find_by_receipt(session, keys.lookup)
        tip = None if sealed is None else await tips.find_tip(session, sealed.tip_id)
        if tip is None or sealed is None:
            return None
        conversation = await messages.list_messages(session, tip.id)
        reward = await rewards.find_reward(session, tip.id)
        raised = await disputes.list_disputes(session, tip.id)
        withdrawn = tip.withdrawn_on is not None
        return ReporterView(
            status=Status.WITHDRAWN if withdrawn else tip.status,
            outcome=None if withdrawn else _outcome(tip),
            received_on=tip.received_on,
            due_on=None if withdrawn else tip.due_on,
            refusal_reason=None if withdrawn else tip.refusal_reason,
            messages=[
                ReporterMessage(
                    message.author,
                    message.posted_on,
                    read_as_reporter(message.for_reporter, keys.reporter_seed, sealed.keys, self._keyring),
                )
                for message in conversation
            ],
            reward=_reward(reward, business_date(self._clock.now())),
            files=[
                ReporterFile(file.number, file.added_on, file.size_bytes, file.metadata, file.scan)
                for file in await attachments.list_files(session, tip.id)
            ],
            identity_openings=[
                IdentityOpened(business_date(opening.released_at), opening.category)
                for opening, _ in await identity_openings.list_openings(session, tip.id)
                if opening.state is OpeningState.RELEASED and opening.released_at is not None
            ],
            named=tip.named,
            disputable=disputable(tip, raised[-1] if raised else None),
            dispute=raised[-1] if raised else None,
            additions=[
                ReporterAddition(each.number, each.kind, each.filed.statement.day)
                for each in list_filed(
                    await filing_additions.list_additions(session, tip.id), sealed, keys, self._keyring
                )
            ],
            reclaims=[
                shown for each in await reclaims.list_reclaims(session, tip.id) if (shown := _reclaim(each)) is not None
            ],
        )


def _reclaim(reclaim: Reclaim) -> ReporterReclaim | None:
    """Show what was demanded; what is only proposed, or was turned down, is nobody's but the desk's."""
    if reclaim.decided_at is None or reclaim.state is ReclaimState.TURNED_DOWN:
        return None
    return ReporterReclaim(
        state=reclaim.state,
        reason=reclaim.reason,
        amount_fen=reclaim.amount_fen,
        repaid_fen=reclaim.repaid_fen,
        outstanding_fen=reclaim.outstanding_fen,
        demanded_on=business_date(reclaim.decided_at),
        repayment_number=reclaim.repayment_number if reclaim.outstanding_fen else None,
    )


def _outcome(tip: Tip) -> Status | None:
    return tip.status if tip.status in OUTCOMES else tip.outcome


def _reward(reward: Reward | None, today: date) -> ReporterReward:
    state = RewardState.NONE if reward is None else reward.state_on(today)
    if reward is None or state in {RewardState.NONE, RewardState.PROPOSED, RewardState.EXCLUDED}:
        return ReporterReward(state, None, None)
    return ReporterReward(state, reward.amount_fen, reward.claim_until)

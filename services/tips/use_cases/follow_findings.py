"""Follow screening's findings: remember the confirmed, take back what tips drew from the fallen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.screening import FindingConfirmed, FindingOverturned, FindingWithdrawn
from services.kit import inbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.inbox import Event
from services.tips import telemetry
from services.tips.domain.case_value import case_value, counter_entry
from services.tips.domain.reward import reward_amount
from services.tips.domain.reward_claim import Reward, revalue
from services.tips.domain.tip import Tip
from services.tips.storage import case_values, findings, rewards
from services.tips.storage.findings import Finding
from services.tips.storage.policies import reward_policy
from services.tips.use_cases.handling import Details, locked_tip, log_step

FallenFinding = FindingOverturned | FindingWithdrawn


class RememberFindings:
    """Keeps what a later substantiation needs to know of confirmed findings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, events: Sequence[Event[FindingConfirmed]]) -> None:
        """Store the findings of events not seen before."""
        async with self._database.transaction() as session:
            fresh = await inbox.claim(session, events)
            for data in sorted((event.data for event in fresh), key=lambda data: data.finding_id):
                finding = Finding(data.finding_id, data.institution_code, data.amount_fen)
                await findings.remember_confirmed(session, finding)


@dataclass(frozen=True, slots=True)
class _Fall:
    finding_id: UUID
    actor: str
    """Type of the event that took the finding back."""


class TakeBackFindings:
    """Reduces case values by fallen findings, once each, and brings rewards in line."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, events: Sequence[Event[FallenFinding]]) -> None:
        """Take back what was drawn from the findings of events not seen before.

        A finding that falls twice, under two event ids or in two ways, is taken back once; one that falls before a tip
        is substantiated can no longer be used.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            fresh = await inbox.claim(session, events)
            falls: dict[UUID, list[_Fall]] = {}
            for event in sorted(fresh, key=lambda event: event.data.finding_id):
                data = event.data
                amount = data.amount_fen if isinstance(data, FindingOverturned) else 0
                await findings.remember_fallen(session, Finding(data.finding_id, data.institution_code, amount))
                for tip_id in await case_values.tips_with_finding(session, data.finding_id):
                    falls.setdefault(tip_id, []).append(_Fall(data.finding_id, event.type))
            # All tips are locked before the first row of the log, whose chain is one lock for everybody.
            tips = [await locked_tip(session, tip_id) for tip_id in sorted(falls)]
            steps = [
                step for tip in tips for fall in falls[tip.id] if (step := await _take_back(session, tip, fall, now))
            ]
            for tip, fall, details in steps:
                await log_step(session, tip, "finding_fallen", by=fall.actor, now=now, details=details)


async def _take_back(session: AsyncSession, tip: Tip, fall: _Fall, now: datetime) -> tuple[Tip, _Fall, Details] | None:
    entries = await case_values.list_entries(session, tip.id)
    counter = counter_entry(entries, fall.finding_id)
    if counter is None:
        return None
    await case_values.add_entries(session, tip.id, [counter], now=now)
    value = case_value([*entries, counter])
    details: Details = {"finding_id": str(fall.finding_id), "case_value_fen": value}
    reward = await rewards.find_reward(session, tip.id)
    if reward is not None:
        changed = _revalued(reward, value, business_date(now))
        await rewards.store_reward(session, changed)
        details = {**details, "reward_fen": changed.amount_fen, "over_paid_fen": changed.over_paid_fen}
    telemetry.FINDINGS_FALLEN.add(1)
    return tip, fall, details


def _revalued(reward: Reward, case_value_fen: int, today: date) -> Reward:
    policy = reward_policy(reward.policy_version)
    amount = reward_amount(policy, case_value_fen, level=reward.level, insider=reward.insider)
    return revalue(reward, case_value_fen=case_value_fen, amount_fen=amount, today=today)

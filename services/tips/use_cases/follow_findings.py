"""Follow screening's findings: remember the confirmed, take back what tips drew from the fallen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.screening import (
    FindingConfirmed,
    FindingDismissed,
    FindingOverturned,
    FindingRaised,
    FindingWithdrawn,
)
from services.kit import inbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.inbox import Event
from services.tips import telemetry
from services.tips.domain.case_value import case_value, counter_entry
from services.tips.domain.reward import RewardPolicy, reward_amount
from services.tips.domain.reward_claim import Reward, revalue
from services.tips.domain.reward_sharing import split
from services.tips.domain.tip import Tip
from services.tips.storage import case_values, findings, institutions, rewards
from services.tips.storage.findings import Finding
from services.tips.storage.institutions import KnownFinding
from services.tips.use_cases.handling import Details, locked_tip, log_step

FallenFinding = FindingOverturned | FindingWithdrawn


FindingFact = FindingRaised | FindingConfirmed | FindingDismissed | FindingOverturned | FindingWithdrawn


class CountFindings:
    """Keeps what a handler sees of an institution: its findings by rule, whether it was reported or not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, events: Sequence[Event[FindingRaised | FindingDismissed]]) -> None:
        """Note raised and dismissed findings of events not seen before."""
        async with self._database.transaction() as session:
            fresh = await inbox.claim(session, events)
            await institutions.note_findings(session, [_known(event.data) for event in fresh])


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
            await institutions.note_findings(session, [_known(event.data) for event in fresh])


@dataclass(frozen=True, slots=True)
class _Fall:
    finding_id: UUID
    actor: str
    """Type of the event that took the finding back."""


class TakeBackFindings:
    """Reduces case values by fallen findings, once each, and brings rewards in line."""

    def __init__(self, database: Database, clock: Clock, policies: Mapping[str, RewardPolicy]) -> None:
        self._database = database
        self._clock = clock
        self._policies = policies

    async def __call__(self, events: Sequence[Event[FallenFinding]]) -> None:
        """Take back what was drawn from the findings of events not seen before.

        A finding that falls twice, under two event ids or in two ways, is taken back once; one that falls before a tip
        is substantiated can no longer be used.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            fresh = await inbox.claim(session, events)
            await institutions.note_findings(session, [_known(event.data) for event in fresh])
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
                step
                for tip in tips
                for fall in falls[tip.id]
                if (step := await self._take_back(session, tip, fall, now))
            ]
            for tip, fall, details in steps:
                await log_step(session, tip, "finding_fallen", by=fall.actor, now=now, details=details)

    async def _take_back(
        self, session: AsyncSession, tip: Tip, fall: _Fall, now: datetime
    ) -> tuple[Tip, _Fall, Details] | None:
        entries = await case_values.list_entries(session, tip.id)
        counter = counter_entry(entries, fall.finding_id)
        if counter is None:
            return None
        await case_values.add_entries(session, tip.id, [counter], now=now)
        value = case_value([*entries, counter])
        details: Details = {"finding_id": str(fall.finding_id), "case_value_fen": value}
        stored = await rewards.list_rewards(session, tip.id)
        if stored:
            changed = _revalued(stored, self._policies[stored[0].policy_version], value, business_date(now))
            for reward in changed:
                await rewards.store_reward(session, reward)
            over_paid = sum(reward.over_paid_fen for reward in changed)
            details = {**details, "reward_fen": rewards.together(changed), "over_paid_fen": over_paid}
        telemetry.FINDINGS_FALLEN.add(1)
        return tip, fall, details


def _known(fact: FindingFact) -> KnownFinding:
    states = {FindingRaised: "raised", FindingConfirmed: "confirmed", FindingDismissed: "dismissed"}
    raised_at = fact.raised_at if isinstance(fact, FindingRaised) else None
    return KnownFinding(
        finding_id=fact.finding_id,
        institution_code=fact.institution_code,
        settlement_ref=fact.settlement_ref,
        state=states.get(type(fact), "fallen"),
        rule_code=fact.rule_code if isinstance(fact, FindingRaised | FindingConfirmed) else None,
        raised_on=None if raised_at is None else business_date(raised_at),
        at_issue_fen=fact.amount_at_issue_fen if isinstance(fact, FindingRaised) else None,
        upheld_fen=fact.amount_fen if isinstance(fact, FindingConfirmed) else None,
    )


def _revalued(stored: Sequence[Reward], policy: RewardPolicy, case_value_fen: int, today: date) -> list[Reward]:
    """Return the rewards of a matter as a smaller case value leaves them, each with its share."""
    first = stored[0]
    total = reward_amount(policy, case_value_fen, level=first.level, insider=first.insider, of_person=first.of_person)
    sharing = [reward for reward in stored if reward.exclusion is None]
    amounts: dict[UUID, int] = {}
    if sharing:
        parts = split(total, [reward.fraction for reward in sharing], unit_fen=policy.rounding_fen)
        amounts = dict(zip([reward.tip_id for reward in sharing], parts, strict=True))
    return [
        revalue(
            reward,
            case_value_fen=case_value_fen,
            amount_fen=amounts.get(reward.tip_id, 0),
            today=today,
            reclaims=policy.reclaims,
        )
        for reward in stored
    ]

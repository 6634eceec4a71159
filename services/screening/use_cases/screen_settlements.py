"""Screen settlements: a batch in one transaction, with one read of history and one write."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.intake import SettlementAccepted
from services.kit import inbox, outbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database, driver
from services.kit.errors import TransientError
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span
from services.kit.telemetry.traces import recording
from services.screening import events, telemetry
from services.screening.domain.affected import affected
from services.screening.domain.engine import Screening, screen, verdict
from services.screening.domain.history import History, Remembered, needs, remember
from services.screening.domain.plan import Plan
from services.screening.domain.position import position
from services.screening.domain.rails import Rails, hold_back
from services.screening.storage import (
    claims,
    deaths,
    filed_lists,
    held_findings,
    history,
    new_findings,
    rule_rails,
    settlements,
    traceability,
)
from services.screening.storage.filed_lists import Bound
from services.screening.storage.held_findings import HeldRow
from services.screening.storage.new_findings import NewFinding
from services.screening.storage.settlements import ScreenedSettlement
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.look_again import Changes, look_again
from services.screening.use_cases.shadow_run import ShadowRun
from services.screening.use_cases.watch_rules import WatchRules

Arrival = Event[SettlementAccepted]

MOST_LOOKS = 5
"""Times a run is screened before it goes back to the bus; each look is lost only to one that was committed."""


class ScreenSettlements:
    """Screens accepted settlements, each exactly once."""

    def __init__(
        self, database: Database, clock: Clock, current_plan: CurrentPlan, watch: WatchRules | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan
        self._watch = watch

    async def __call__(self, arrivals: Sequence[Arrival]) -> None:
        """Screen a run of settlements in one transaction; raises TransientError when it has to be tried again."""
        started = time.perf_counter()
        with span(telemetry.SPAN_BATCH, attributes={"messaging.batch.message_count": len(arrivals)}):
            batch = await self._screen_at_last(arrivals)
            if batch is not None:
                # Counted only now: a transaction that was rolled back has screened nothing.
                batch.count()
                if self._watch is not None:
                    await batch.tell(self._watch)
                telemetry.batch_duration.record(time.perf_counter() - started)

    async def _screen_at_last(self, arrivals: Sequence[Arrival]) -> "_Batch | None":
        """Screen a run, anew when another worker stored meanwhile what we were about to: the next look sees it."""
        met: asyncpg.UniqueViolationError | None = None
        for _ in range(MOST_LOOKS):
            try:
                return await self._screen(arrivals)
            except asyncpg.UniqueViolationError as error:
                if error.table_name not in {"settlement", "code_sale"}:
                    raise
                met = error
        raise TransientError("settlements or codes became known meanwhile, time and again") from met

    async def _screen(self, arrivals: Sequence[Arrival]) -> "_Batch | None":
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, arrivals)
            connection = await driver(session)
            known = await settlements.known(connection, [arrival.data.settlement_ref for arrival in claimed])
            todo: list[Arrival] = []
            for arrival in claimed:
                if arrival.data.settlement_ref not in known:
                    known.add(arrival.data.settlement_ref)
                    todo.append(arrival)
            if not todo:
                return None
            # In the order of settling: within a batch no claim is then late.
            todo.sort(key=_place)
            judging = await self._current_plan.judging(session)
            plan, memory = judging.plan, judging.memory
            remembered = [remember(memory, arrival.data) for arrival in todo]
            asked = needs(memory, [arrival.data for arrival in todo])
            if asked.persons:
                await deaths.hold(connection)
            # The codes first: what other workers sell meanwhile is seen, or has this batch tried again.
            taken = await traceability.take(connection, [sale for left in remembered for sale in left.sales])
            if asked.lists:
                await filed_lists.bind(connection, [_bound(arrival.data) for arrival in todo])
            past = await history.read(connection, asked, sales=taken.earlier)
            now = self._clock.now()
            batch = _Batch(plan, past, now, await rule_rails.rails(connection, business_date(now)))
            if judging.shadow is not None:
                sampled = await held_findings.sampled(connection, judging.shadow.version)
                batch.shadow = ShadowRun(judging.shadow, sampled, now)
            late = {ref for arrival in todo for ref in affected(plan, arrival.data, past)}
            for arrival, left in zip(todo, remembered, strict=True):
                batch.screen(arrival, left)
            await history.copy(connection, remembered)
            await traceability.copy(connection, taken.later)
            await settlements.copy(connection, batch.settlements)
            await claims.copy(connection, [arrival.data for arrival in todo])
            await new_findings.copy(connection, batch.findings)
            await outbox.add(session, batch.events)
            await held_findings.hold(connection, batch.held)
            batch.second_looks = await look_again(session, plan, late, now=now, rails=batch.rails)
            if batch.shadow is not None:
                await batch.shadow.store(connection)
        return batch


@dataclass(slots=True)
class _Batch:
    """What screening a batch yields, gathered in the order of its claims."""

    plan: Plan
    past: History
    now: datetime
    rails: Rails
    shadow: ShadowRun | None = None
    held: list[HeldRow] = field(default_factory=list)
    settlements: list[ScreenedSettlement] = field(default_factory=list)
    findings: list[NewFinding] = field(default_factory=list)
    events: list[OutgoingEvent] = field(default_factory=list)
    failed_rules: list[str] = field(default_factory=list)
    delays: list[tuple[float, str | None]] = field(default_factory=list)
    second_looks: Changes = field(default_factory=Changes)

    def screen(self, arrival: Arrival, left: Remembered) -> None:
        """Screen one claim and let the later ones of the batch see it."""
        traceparent = arrival.traceparent
        if recording() and _is_sampled(traceparent):
            with span(
                telemetry.SPAN_SETTLEMENT,
                parent=traceparent,
                attributes={
                    "settlement.ref": str(arrival.data.settlement_ref),
                    "settlement.id": arrival.data.settlement_id,
                },
            ) as current:
                screening = screen(self.plan, arrival.data, self.past)
                current.set_attribute("screening.findings", len(screening.findings))
                self._gather(arrival, screening, current_traceparent())
        else:
            self._gather(arrival, screen(self.plan, arrival.data, self.past), traceparent)
        self.past.add(lines=left.lines, visits=left.visits, sales=left.sales)

    def _gather(self, arrival: Arrival, screening: Screening, traceparent: str | None) -> None:
        claim, now, version = arrival.data, self.now, self.plan.version
        going, held = hold_back(self.rails, self.plan, claim, screening.findings)
        self.held += [HeldRow(why, version, claim.settlement_id, finding, now) for finding, why in held]
        if self.shadow is not None:
            self.shadow.judge(claim, self.past, screening.findings)
        outcome = verdict(going)
        raised = [(new_id(), finding) for finding in going]
        at_issue = sum(finding.amount_at_issue_fen for finding in going)
        fact = events.screened(
            claim,
            verdict=outcome,
            rulebook_version=version,
            finding_ids=tuple(finding_id for finding_id, _ in raised),
            amount_at_issue_fen=at_issue,
            at=now,
        )
        self.events.append(outgoing(fact, now=now, traceparent=traceparent))
        self.settlements.append(
            ScreenedSettlement(
                claim.settlement_ref,
                claim.settlement_id,
                claim.institution.code,
                claim.insured_ref,
                outcome,
                version,
                at_issue,
                now,
                traceparent,
            )
        )
        for finding_id, finding in raised:
            self.findings.append(NewFinding(finding_id, claim.settlement_id, finding, version, now, traceparent))
            said = events.raised(claim, finding, finding_id, rulebook_version=version, at=now)
            self.events.append(outgoing(said, now=now, traceparent=traceparent))
        self.failed_rules.extend(failure.rule_code for failure in screening.failures)
        self.delays.append((max(0.0, (now - arrival.time).total_seconds()), traceparent))

    def count(self) -> None:
        """Tell the instruments."""
        telemetry.count_settlements(Counter(row.verdict for row in self.settlements))
        telemetry.count_findings(Counter((new.finding.rule_code, new.finding.severity) for new in self.findings))
        telemetry.count_check_failures(self.failed_rules)
        telemetry.count_held(Counter((row.finding.rule_code, row.purpose) for row in self.held))
        if self.shadow is not None:
            self.shadow.count()
        self.second_looks.count()
        for seconds, traceparent in self.delays:
            telemetry.record_delay(seconds, traceparent)

    async def tell(self, watch: WatchRules) -> None:
        """Tell the rails how often each rule struck."""
        raised = [new.finding for new in (*self.findings, *self.second_looks.raised)]
        held = [row.finding for row in (*self.held, *self.second_looks.held)]
        await watch(
            claims=len(self.settlements),
            found=Counter(finding.rule_code for finding in (*raised, *held)),
            suspicions=Counter(finding.rule_code for finding in raised if finding.severity == "suspicion"),
            failures=Counter((*self.failed_rules, *self.second_looks.failed_rules)),
        )


def _bound(claim: SettlementAccepted) -> Bound:
    return Bound(claim.institution.code, claim.settlement_id, claim.settlement_ref)


def _place(arrival: Arrival) -> tuple[int, UUID]:
    claim = arrival.data
    return position(claim.institution.code, claim.settlement_id, claim.settled_at), claim.settlement_ref


def _is_sampled(traceparent: str | None) -> bool:
    """Tell whether the trace is recorded: the lowest bit of the last two hexadecimal digits."""
    return traceparent is not None and int(traceparent[-1], 16) % 2 == 1

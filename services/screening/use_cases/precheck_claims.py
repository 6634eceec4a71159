"""Screen a claim before it is settled: one history read, no write, an answer at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from uuid import UUID

from services.contracts.screening import Verdict
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.pseudonym import Pseudonymise
from services.screening import telemetry
from services.screening.domain.engine import CheckFailure, verdict
from services.screening.domain.finding import Finding
from services.screening.domain.history import HistoryNeeds, needs
from services.screening.domain.judgeable import Unknown
from services.screening.domain.plan import Plan
from services.screening.domain.precheck import NotJudged, precheck
from services.screening.domain.rules import Phase
from services.screening.storage import history, traceability
from services.screening.storage.reminders import PrecheckRow, ReminderRow
from services.screening.use_cases.precheck_request import PrecheckPhase, PrecheckRequest
from services.screening.use_cases.recent_plan import RecentPlan
from services.screening.use_cases.registry_at_service import Named, RegistryAtService
from services.screening.use_cases.reminder_log import ReminderLog
from services.screening.use_cases.understand_claim import (
    LineNotJudged,
    insured_ref_of,
    reference_of,
    started_of,
    understand,
)

_PHASES: dict[PrecheckPhase, Phase | None] = {"before": "before", "during": "during", "after": "after", "all": None}


@dataclass(frozen=True, slots=True)
class Reminder:
    """A finding about a claim that is not settled yet."""

    id: UUID
    finding: Finding


@dataclass(frozen=True, slots=True)
class PrecheckResult:
    """The answer about one visit."""

    plan: Plan
    phase: PrecheckPhase
    verdict: Verdict
    reminders: tuple[Reminder, ...]
    """In order of priority."""
    not_judged: tuple[NotJudged, ...]
    lines_not_judged: tuple[LineNotJudged, ...]
    unknown_rules: tuple[str, ...]
    """Rules that were asked for and are not in the rulebook."""
    failures: tuple[CheckFailure, ...]


class PrecheckClaims:
    """Answers pre-checks; one per process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plan: RecentPlan,
        registry: RegistryAtService,
        log: ReminderLog,
        *,
        pseudonymise: Pseudonymise | None,
        perf_counter: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._database = database
        self._clock = clock
        self._plan = plan
        self._registry = registry
        self.log = log
        self._pseudonymise = pseudonymise
        self._perf_counter = perf_counter

    async def __call__(
        self, request: PrecheckRequest, *, institution_code: str, scene: str | None = None
    ) -> PrecheckResult:
        """Judge one visit of an institution; raises TransientError while no rulebook is active."""
        started = self._perf_counter()
        now = self._clock.now()
        plan = await self._plan()
        insured_ref = insured_ref_of(request, self._pseudonymise)
        day = business_date(started_of(request, now))
        named = Named(institution_code, request.practitioner_code, request.department_code, insured_ref, day)
        async with self._database.glance() as connection:
            understood = understand(
                request,
                institution_code=institution_code,
                insured_ref=insured_ref,
                registry=await self._registry(connection, named),
                now=now,
            )
            claim = understood.claim
            asked = _worth_asking(needs(plan, [claim]), understood.unknown)
            sales = await traceability.read(connection, asked.traceability_codes)
            past = await history.read(connection, asked, sales=sales)
        phase = request.phase or "before"
        prechecked = precheck(
            plan,
            claim,
            past,
            phase=_PHASES[phase],
            rule_codes=frozenset(request.rule_codes),
            unknown=understood.unknown,
        )
        screening = prechecked.screening
        visit = f"{institution_code}|{reference_of(request, claim.settlement_ref)}"
        result = PrecheckResult(
            plan,
            phase,
            verdict(screening.findings),
            tuple(Reminder(_reminder_id(visit, one), one) for one in screening.findings),
            prechecked.not_judged,
            tuple(understood.lines_not_judged),
            tuple(code for code in request.rule_codes if code not in plan.order),
            screening.failures,
        )
        seconds = self._perf_counter() - started
        telemetry.count_precheck(phase, result.verdict, seconds)
        telemetry.count_check_failures(failure.rule_code for failure in screening.failures)
        self._note(result, institution_code, scene, seconds)
        return result

    def _note(self, result: PrecheckResult, institution_code: str, scene: str | None, seconds: float) -> None:
        now, version = self._clock.now(), result.plan.version
        self.log.note(
            PrecheckRow(
                new_id(),
                institution_code,
                result.phase,
                scene,
                result.verdict,
                len(result.reminders),
                len(result.not_judged),
                version,
                now,
                round(seconds * 1_000_000),
            ),
            [
                ReminderRow(
                    one.id,
                    institution_code,
                    one.finding.practitioner_codes[0] if one.finding.practitioner_codes else None,
                    one.finding.rule_code,
                    one.finding.knowledge_point,
                    one.finding.severity,
                    one.finding.amount_at_issue_fen,
                    result.phase,
                    version,
                    now,
                )
                for one in result.reminders
            ],
        )


def _worth_asking(asked: HistoryNeeds, unknown: frozenset[Unknown]) -> HistoryNeeds:
    """Leave out what cannot be there: the history of nobody, the list of a claim that is not settled."""
    if "person" in unknown:
        asked = replace(asked, lines=frozenset(), visits=frozenset(), persons=frozenset())
    return replace(asked, lists=frozenset()) if "settlement_list" in unknown else asked


def _reminder_id(visit: str, finding: Finding) -> UUID:
    """Return the same id for the same objection to the same visit, however often it is asked."""
    lines = ",".join(map(str, finding.line_numbers))
    text = f"{visit}|{finding.rule_code}|{finding.knowledge_point}|{lines}"
    return UUID(bytes=blake2b(text.encode(), digest_size=16, person=b"reminder").digest())

"""The only place that picks classes and builds use cases."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.kit.interface_access.desk import InterfaceCredentials
from services.kit.interface_access.verify import VerifySignature
from services.kit.pseudonym import KEY_BYTES, Pseudonymise, pseudonym
from services.kit.sealing import Sealer
from services.screening.domain.rails import Band
from services.screening.rulebooks import read_rulebook
from services.screening.settings import ScreeningSettings
from services.screening.use_cases.activate_rulebook import ActivateRulebook
from services.screening.use_cases.confirm_proposals import ConfirmProposals
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.decide_findings import DecideFindings
from services.screening.use_cases.draft_rulebook import DraftRulebook
from services.screening.use_cases.explain_findings import ExplainFindings
from services.screening.use_cases.fill_history import FillHistory
from services.screening.use_cases.forget_history import ForgetHistory
from services.screening.use_cases.forget_nonces import ForgetNonces
from services.screening.use_cases.forget_reminders import ForgetReminders
from services.screening.use_cases.import_points import ImportPoints
from services.screening.use_cases.install_rulebook import InstallRulebook
from services.screening.use_cases.keep_persons import KeepPersons
from services.screening.use_cases.keep_registry import KeepRegistry
from services.screening.use_cases.known_institution import KnownInstitution
from services.screening.use_cases.note_tips import NoteTips
from services.screening.use_cases.precheck_claims import PrecheckClaims
from services.screening.use_cases.read_findings import ReadFindings
from services.screening.use_cases.read_rulebook_life import ReadRulebookLife
from services.screening.use_cases.read_rulebooks import ReadRulebooks
from services.screening.use_cases.read_signals import ReadSignals
from services.screening.use_cases.recent_plan import RecentPlan
from services.screening.use_cases.record_ineligibility import RecordIneligibility
from services.screening.use_cases.record_lists import RecordLists
from services.screening.use_cases.registry_at_service import RegistryAtService
from services.screening.use_cases.reminder_answers import ReminderAnswers
from services.screening.use_cases.reminder_log import ReminderLog
from services.screening.use_cases.request_backtests import Backtests
from services.screening.use_cases.reverse_lines import ReverseLines
from services.screening.use_cases.reverse_settlements import ReverseSettlements
from services.screening.use_cases.run_backtests import RunBacktests
from services.screening.use_cases.screen_settlements import ScreenSettlements
from services.screening.use_cases.shadow_rulebook import ShadowRulebook
from services.screening.use_cases.tend_rules import TendRules
from services.screening.use_cases.try_expression import TryExpression
from services.screening.use_cases.validate_rulebook import ValidateRulebook
from services.screening.use_cases.watch_months import KeepStock, WatchMonths
from services.screening.use_cases.watch_rules import WatchRules


@dataclass(frozen=True)
class Resources:
    """What one process of the service holds as long as it lives."""

    settings: ScreeningSettings
    database: Database
    clock: Clock
    prechecks: PrecheckClaims
    """One per process: it remembers plan and registry for a moment."""
    trials: TryExpression
    sealer: Sealer
    signatures: VerifySignature
    """One per process: it remembers credentials for a moment."""
    current_plan: CurrentPlan = field(default_factory=CurrentPlan)


@asynccontextmanager
async def open_resources(settings: ScreeningSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open the service's resources; raises Unavailable when the schema is not the one this code needs.

    A new installation gets its first rulebook here, so that API and worker may start in any order.
    """
    database = Database(settings.database_url.get_secret_value(), "screening", pool_size=settings.database_pool_size)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await database.require_current_schema()
        clock = clock or SystemClock()
        current_plan = CurrentPlan()
        reminder_log = ReminderLog(database)
        stack.push_async_callback(reminder_log.close)
        recent_plan = RecentPlan(database, current_plan)
        prechecks = PrecheckClaims(
            database,
            clock,
            recent_plan,
            RegistryAtService(),
            reminder_log,
            pseudonymise=make_pseudonymise(settings),
        )
        sealer = Sealer(settings.seal_secrets)
        resources = Resources(
            settings=settings,
            database=database,
            clock=clock,
            prechecks=prechecks,
            trials=TryExpression(database, clock, recent_plan),
            sealer=sealer,
            signatures=VerifySignature(
                database, clock, sealer, window=timedelta(seconds=settings.screening_signature_seconds)
            ),
            current_plan=current_plan,
        )
        await build_install_rulebook(resources)()
        yield resources


def build_screen_settlements(resources: Resources) -> ScreenSettlements:
    """Build the use case that screens settlements."""
    settings = resources.settings
    band = Band(
        settings.screening_pause_factor,
        settings.screening_pause_least_findings,
        settings.screening_pause_baseline_claims,
        settings.screening_pause_share,
        settings.screening_pause_failures,
    )
    watch = WatchRules(resources.database, resources.clock, band)
    return ScreenSettlements(resources.database, resources.clock, resources.current_plan, watch)


def build_reverse_lines(resources: Resources) -> ReverseLines:
    """Build the use case that takes parts of settlements back."""
    return ReverseLines(resources.database, resources.clock, resources.current_plan)


def build_reverse_settlements(resources: Resources) -> ReverseSettlements:
    """Build the use case that takes settlements back."""
    return ReverseSettlements(resources.database, resources.clock, resources.current_plan)


def build_record_lists(resources: Resources) -> RecordLists:
    """Build the use case that keeps settlement lists."""
    return RecordLists(resources.database, resources.clock, resources.current_plan)


def build_backtests(resources: Resources) -> Backtests:
    """Build the use cases that keep the list of back-tests."""
    return Backtests(resources.database, resources.clock)


def build_run_backtests(resources: Resources) -> RunBacktests:
    """Build the use case that works on back-tests."""
    return RunBacktests(resources.database, resources.clock)


def build_record_ineligibility(resources: Resources) -> RecordIneligibility:
    """Build the use case that keeps measures against practitioners."""
    return RecordIneligibility(resources.database)


def build_keep_registry(resources: Resources) -> KeepRegistry:
    """Build the use case that keeps a copy of the registry."""
    return KeepRegistry(resources.database)


def build_keep_persons(resources: Resources) -> KeepPersons:
    """Build the use case that keeps what the registry states of insured persons."""
    return KeepPersons(
        resources.database,
        resources.clock,
        resources.current_plan,
        late_days=resources.settings.screening_late_days,
    )


def build_note_tips(resources: Resources) -> NoteTips:
    """Build the use case that marks institutions under attention."""
    return NoteTips(resources.database)


def build_decide_findings(resources: Resources) -> DecideFindings:
    """Build the use case that decides findings."""
    return DecideFindings(resources.database, resources.clock)


def build_read_findings(resources: Resources) -> ReadFindings:
    """Build the use case that reads findings."""
    return ReadFindings(resources.database)


def build_keep_stock(resources: Resources) -> KeepStock:
    """Build the use case that keeps reported stock."""
    return KeepStock(resources.database)


def build_watch_months(resources: Resources) -> WatchMonths:
    """Build the use case that watches closed months."""
    return WatchMonths(
        resources.database,
        resources.clock,
        resources.current_plan,
        limits=resources.settings.signal_limits,
        monitored=tuple(resources.settings.screening_monitored_items.split()),
    )


def build_read_signals(resources: Resources) -> ReadSignals:
    """Build the use case that reads signals."""
    return ReadSignals(resources.database)


def build_explain_findings(resources: Resources) -> ExplainFindings:
    """Build the use case that explains findings."""
    return ExplainFindings(resources.database, build_read_findings(resources))


def build_draft_rulebook(resources: Resources) -> DraftRulebook:
    """Build the use case that stores drafts of rulebooks."""
    return DraftRulebook(resources.database, resources.clock)


def build_activate_rulebook(resources: Resources) -> ActivateRulebook:
    """Build the use case that activates rulebooks."""
    return ActivateRulebook(resources.database, resources.clock)


def build_validate_rulebook(resources: Resources) -> ValidateRulebook:
    """Build the use case that validates rulebooks."""
    return ValidateRulebook(resources.database, resources.clock)


def build_shadow_rulebook(resources: Resources) -> ShadowRulebook:
    """Build the use case that lets rulebooks judge in the shadow."""
    return ShadowRulebook(resources.database, resources.clock)


def build_read_rulebook_life(resources: Resources) -> ReadRulebookLife:
    """Build the use case that answers about the life of rulebooks."""
    return ReadRulebookLife(resources.database)


def build_import_points(resources: Resources) -> ImportPoints:
    """Build the use case that brings published knowledge points in."""
    return ImportPoints(resources.database, resources.clock)


def build_confirm_proposals(resources: Resources) -> ConfirmProposals:
    """Build the use case that keeps proposals from text."""
    return ConfirmProposals(resources.database, resources.clock)


def build_tend_rules(resources: Resources) -> TendRules:
    """Build the use case that tends paused rules and budgets."""
    return TendRules(resources.database, resources.clock, resources.current_plan)


def build_fill_history(resources: Resources) -> FillHistory:
    """Build the use case that fills history for a newer rulebook."""
    return FillHistory(resources.database, resources.clock, resources.current_plan)


def build_forget_history(resources: Resources) -> ForgetHistory:
    """Build the use case that deletes what nothing can ask for."""
    return ForgetHistory(
        resources.database,
        resources.clock,
        resources.current_plan,
        late_days=resources.settings.screening_late_days,
        held_days=resources.settings.screening_held_days,
    )


def build_read_rulebooks(resources: Resources) -> ReadRulebooks:
    """Build the use case that reads rulebooks."""
    return ReadRulebooks(resources.database)


def build_install_rulebook(resources: Resources) -> InstallRulebook:
    """Build the use case that installs the first rulebook."""
    chosen = resources.settings.screening_rulebook

    def load() -> Mapping[str, object]:
        if chosen is None:
            return read_rulebook()
        document: dict[str, object] = json.loads(chosen.read_text(encoding="utf-8"))
        return document

    return InstallRulebook(resources.database, resources.clock, load)


def build_reminder_answers(resources: Resources) -> ReminderAnswers:
    """Build the use case that keeps and counts answers to reminders."""
    return ReminderAnswers(resources.database, resources.clock)


def build_interface_credentials(resources: Resources) -> InterfaceCredentials:
    """Build the use case that gives out and retires signing credentials."""
    known = KnownInstitution(resources.database)
    return InterfaceCredentials(resources.database, resources.clock, known, resources.sealer)


def build_forget_reminders(resources: Resources) -> ForgetReminders:
    """Build the use case that turns old reminders into numbers."""
    return ForgetReminders(resources.database, resources.clock, kept_days=resources.settings.screening_reminder_days)


def build_forget_nonces(resources: Resources) -> ForgetNonces:
    """Build the use case that forgets used nonces."""
    return ForgetNonces(resources.database, resources.clock)


def make_pseudonymise(settings: ScreeningSettings) -> Pseudonymise | None:
    """Return what turns a person's number into the pseudonym, None where this process has no key.

    Raises ValueError for a key that is none.
    """
    if key := settings.screening_pseudonym_key.get_secret_value():
        if len(bytes.fromhex(key)) != KEY_BYTES:
            raise ValueError(f"FUNDWARDEN_SCREENING_PSEUDONYM_KEY must have {2 * KEY_BYTES} hexadecimal characters")
        return partial(pseudonym, key=bytes.fromhex(key))
    return None

"""The only place that picks classes and builds use cases."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.screening.rulebooks import read_rulebook
from services.screening.settings import ScreeningSettings
from services.screening.use_cases.activate_rulebook import ActivateRulebook
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.decide_findings import DecideFindings
from services.screening.use_cases.draft_rulebook import DraftRulebook
from services.screening.use_cases.install_rulebook import InstallRulebook
from services.screening.use_cases.note_tips import NoteTips
from services.screening.use_cases.read_findings import ReadFindings
from services.screening.use_cases.read_rulebooks import ReadRulebooks
from services.screening.use_cases.record_ineligibility import RecordIneligibility
from services.screening.use_cases.record_lists import RecordLists
from services.screening.use_cases.request_backtests import Backtests
from services.screening.use_cases.reverse_settlements import ReverseSettlements
from services.screening.use_cases.run_backtests import RunBacktests
from services.screening.use_cases.screen_settlements import ScreenSettlements


@dataclass(frozen=True)
class Resources:
    """What one process of the service holds as long as it lives."""

    settings: ScreeningSettings
    database: Database
    clock: Clock
    current_plan: CurrentPlan = field(default_factory=CurrentPlan)


@asynccontextmanager
async def open_resources(settings: ScreeningSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open the service's resources; raises Unavailable when the schema is not the one this code needs.

    A new installation gets its first rulebook here, so that API and worker may start in any order.
    """
    database = Database(settings.database_url.get_secret_value(), "screening", pool_size=settings.database_pool_size)
    try:
        await database.require_current_schema()
        resources = Resources(settings=settings, database=database, clock=clock or SystemClock())
        await build_install_rulebook(resources)()
        yield resources
    finally:
        await database.close()


def build_screen_settlements(resources: Resources) -> ScreenSettlements:
    """Build the use case that screens settlements."""
    return ScreenSettlements(resources.database, resources.clock, resources.current_plan)


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


def build_note_tips(resources: Resources) -> NoteTips:
    """Build the use case that marks institutions under attention."""
    return NoteTips(resources.database)


def build_decide_findings(resources: Resources) -> DecideFindings:
    """Build the use case that decides findings."""
    return DecideFindings(resources.database, resources.clock)


def build_read_findings(resources: Resources) -> ReadFindings:
    """Build the use case that reads findings."""
    return ReadFindings(resources.database)


def build_draft_rulebook(resources: Resources) -> DraftRulebook:
    """Build the use case that stores drafts of rulebooks."""
    return DraftRulebook(resources.database, resources.clock)


def build_activate_rulebook(resources: Resources) -> ActivateRulebook:
    """Build the use case that activates rulebooks."""
    return ActivateRulebook(resources.database, resources.clock)


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

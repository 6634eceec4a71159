"""The only place that picks classes and builds use cases."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.intake.settings import SHORTEST_SECRET, IntakeSettings
from services.intake.use_cases.accept_settlements import AcceptSettlements
from services.intake.use_cases.activity.note_activity import NoteActivity
from services.intake.use_cases.activity.watch import WatchActivity
from services.intake.use_cases.change_registry import ChangeInstitutions, ChangePractitioners, ChangeRegistry
from services.intake.use_cases.file_settlement_lists import FileSettlementLists
from services.intake.use_cases.follow_batches import FollowBatches
from services.intake.use_cases.group_commit import GroupCommit
from services.intake.use_cases.imports.follow_imports import FollowImports
from services.intake.use_cases.imports.run_imports import RunImports
from services.intake.use_cases.imports.start_import import StartImport
from services.intake.use_cases.imports.target import Targets
from services.intake.use_cases.interface_sign_in import InterfaceSignIn
from services.intake.use_cases.known_institutions import KnownInstitutions
from services.intake.use_cases.known_registry import KnownRegistry
from services.intake.use_cases.open_pseudonym_key import OpenPseudonymKey
from services.intake.use_cases.quarantine.desk import QuarantineDesk
from services.intake.use_cases.quarantine.keep import Bounds
from services.intake.use_cases.quotas import Quotas, Slots
from services.intake.use_cases.read_registry import ReadRegistry
from services.intake.use_cases.read_reversals import ReadReversals
from services.intake.use_cases.read_settlement_lists import ReadSettlementLists
from services.intake.use_cases.read_settlements import ReadSettlements
from services.intake.use_cases.read_stock import ReadStock
from services.intake.use_cases.reconciliation.desk import ReconciliationDesk
from services.intake.use_cases.record_findings import RecordFindings
from services.intake.use_cases.record_outcomes import RecordOutcomes
from services.intake.use_cases.record_standing import RecordStanding
from services.intake.use_cases.registry_at_service import RegistryAtService
from services.intake.use_cases.reverse_settlement import ReverseSettlement, ReverseSettlements
from services.intake.use_cases.take_movements import TakeMovements
from services.intake.use_cases.turn_registry_day import TurnRegistryDay
from services.intake.use_cases.visits.cancel_lines import CancelLines
from services.intake.use_cases.visits.cancel_visit import CancelVisit
from services.intake.use_cases.visits.keep_lines import KeepLines
from services.intake.use_cases.visits.keep_part import KeepPart
from services.intake.use_cases.visits.preview_settlement import PreviewSettlement
from services.intake.use_cases.visits.read_visits import ReadVisits
from services.intake.use_cases.visits.register_visit import RegisterVisit
from services.intake.use_cases.visits.release_visit import ReleaseVisit
from services.intake.use_cases.visits.reverse_visit_settlement import ReverseVisitSettlement
from services.intake.use_cases.visits.settle_visit import SettleVisit
from services.intake.use_cases.visits.sweep_visits import SweepVisits
from services.intake.use_cases.visits.visit_book import VisitBook
from services.intake.use_cases.visits.visits_together import VisitsTogether
from services.intake.use_cases.watch_backlog import WatchBacklog
from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.kit.interface_access.desk import InterfaceCredentials
from services.kit.interface_access.verify import VerifySignature
from services.kit.sealing import Sealer
from services.kit.secret_keys import kept_secret

DEVELOPMENT_SECRET_FILE = Path("keys") / "pseudonym-secret"
"""Where the embedded installation keeps its secret, below the state directory."""


@dataclass(frozen=True)
class Resources:
    """What one process of the service holds as long as it lives."""

    settings: IntakeSettings
    database: Database
    clock: Clock
    pseudonym_key: bytes
    known_registry: KnownRegistry
    known_institutions: KnownInstitutions
    watch_backlog: WatchBacklog
    accept: AcceptSettlements
    group_commit: GroupCommit
    quotas: Quotas
    batch_slots: Slots
    sealer: Sealer
    visits: VisitBook
    visits_together: VisitsTogether
    signatures: VerifySignature
    quarantine: QuarantineDesk
    reconciliations: ReconciliationDesk
    activity: NoteActivity
    watch_activity: WatchActivity


@asynccontextmanager
async def open_resources(settings: IntakeSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open the service's resources.

    Raises Unavailable when the schema is not the one this code needs, and ValueError without a pseudonym secret.
    """
    secret = pseudonym_secret(settings)
    former_secret = settings.pseudonym_former_secret.get_secret_value() or None
    database = Database(settings.database_url.get_secret_value(), "intake", pool_size=settings.database_pool_size)
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await database.require_current_schema()
        pseudonym_key = await OpenPseudonymKey(database, clock)(secret, former=former_secret)
        known_registry = KnownRegistry(database)
        sealer = Sealer(_seal_secrets(settings, pseudonym_key))
        registry_at_service = RegistryAtService(
            known_registry,
            pseudonym_key=pseudonym_key,
            practitioners_complete=settings.intake_practitioners_complete,
        )
        activity = NoteActivity(database, clock)
        activity.start()
        stack.push_async_callback(activity.close)
        accept = AcceptSettlements(database, clock, registry_at_service, activity=activity)
        group_commit = GroupCommit(accept)
        stack.push_async_callback(group_commit.close)
        visits = VisitBook(
            database,
            clock,
            accept,
            sealer,
            pseudonym_key=pseudonym_key,
            visit_time=timedelta(days=settings.intake_visit_days),
            stay_time=timedelta(days=settings.intake_stay_days),
        )
        visits_together = VisitsTogether(visits)
        stack.push_async_callback(visits_together.close)
        yield Resources(
            settings=settings,
            database=database,
            clock=clock,
            pseudonym_key=pseudonym_key,
            known_registry=known_registry,
            known_institutions=KnownInstitutions(known_registry, clock),
            watch_backlog=WatchBacklog(database, limit=settings.intake_backlog_limit),
            accept=accept,
            group_commit=group_commit,
            quotas=Quotas(per_second=settings.intake_quota_per_second, burst=settings.intake_quota_burst),
            batch_slots=Slots(most=settings.intake_batches, most_of_one=settings.intake_batches_per_caller),
            sealer=sealer,
            visits=visits,
            visits_together=visits_together,
            signatures=VerifySignature(
                database, clock, sealer, window=timedelta(seconds=settings.intake_signature_seconds)
            ),
            quarantine=_quarantine(settings, database, clock, sealer),
            reconciliations=ReconciliationDesk.of(database, clock),
            activity=activity,
            watch_activity=WatchActivity(
                database,
                clock,
                silence_hours=settings.intake_silence_hours,
                kept_days=settings.intake_activity_days,
            ),
        )


def pseudonym_secret(settings: IntakeSettings) -> str:
    """Return the configured secret, or the development one, which is made when it is missing.

    Raises ValueError when none is configured outside of development, or when it is too short to keep a secret.
    """
    secret = settings.pseudonym_secret.get_secret_value()
    if not secret and settings.development:
        secret = kept_secret(settings.state_directory / DEVELOPMENT_SECRET_FILE, lambda: secrets.token_hex(32))
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"FUNDWARDEN_PSEUDONYM_SECRET must be set to {SHORTEST_SECRET} characters or more")
    return secret


def _quarantine(settings: IntakeSettings, database: Database, clock: Clock, sealer: Sealer) -> QuarantineDesk:
    bounds = Bounds(settings.intake_quarantine_entries, settings.intake_quarantine_bytes)
    return QuarantineDesk.of(
        database,
        clock,
        sealer,
        bounds=bounds if settings.intake_quarantine else None,
        kept_for=timedelta(days=settings.intake_quarantine_days),
    )


def _seal_secrets(settings: IntakeSettings, pseudonym_key: bytes) -> list[str]:
    named = settings.intake_seal_secrets.get_secret_value().split()
    if any(len(secret) < SHORTEST_SECRET for secret in named):
        raise ValueError(f"each of FUNDWARDEN_INTAKE_SEAL_SECRETS must have {SHORTEST_SECRET} characters or more")
    # Always among them: what was sealed before a secret was configured must go on opening.
    return [*named, pseudonym_key.hex()]


def build_accept_settlements(resources: Resources) -> AcceptSettlements:
    """Return the use case that accepts settlements; it holds nothing of a request."""
    return resources.accept


def build_follow_batches(resources: Resources) -> FollowBatches:
    """Build the use case that follows named batches."""
    return FollowBatches(
        resources.database, resources.clock, kept_for=timedelta(days=resources.settings.intake_batch_days)
    )


def build_reverse_settlement(resources: Resources) -> ReverseSettlement:
    """Build the use case that takes a settlement back."""
    return ReverseSettlement(resources.database, resources.clock)


def build_reverse_settlements(resources: Resources) -> ReverseSettlements:
    """Build the use case that takes settlements back, whole or in part."""
    return ReverseSettlements(resources.database, resources.clock)


def build_read_reversals(resources: Resources) -> ReadReversals:
    """Build the use case that reads what was taken back."""
    return ReadReversals(resources.database)


def build_record_findings(resources: Resources) -> RecordFindings:
    """Build the use case that takes note of where findings stand."""
    return RecordFindings(resources.database)


def build_read_settlements(resources: Resources) -> ReadSettlements:
    """Build the use case that reads settlements."""
    return ReadSettlements(resources.database)


def build_take_movements(resources: Resources) -> TakeMovements:
    """Build the use case that takes stock movements."""
    return TakeMovements(resources.database, resources.clock, resources.known_institutions)


def build_file_settlement_lists(resources: Resources) -> FileSettlementLists:
    """Build the use case that files settlement lists."""
    return FileSettlementLists(
        resources.database, resources.clock, resources.known_institutions, pseudonym_key=resources.pseudonym_key
    )


def build_read_settlement_lists(resources: Resources) -> ReadSettlementLists:
    """Build the use case that reads settlement lists."""
    return ReadSettlementLists(resources.database)


def build_read_stock(resources: Resources) -> ReadStock:
    """Build the use case that reads stock movements and ledgers."""
    return ReadStock(resources.database)


def build_change_institutions(resources: Resources) -> ChangeInstitutions:
    """Build the use case that writes institutions."""
    return ChangeInstitutions(build_change_registry(resources))


def build_change_practitioners(resources: Resources) -> ChangePractitioners:
    """Build the use case that writes practitioners."""
    return ChangePractitioners(build_change_registry(resources))


def build_change_registry(resources: Resources) -> ChangeRegistry:
    """Build the use case that records what sources declare about the registry."""
    return ChangeRegistry(resources.database, resources.clock, forget=resources.known_registry.forget)


def build_turn_registry_day(resources: Resources) -> TurnRegistryDay:
    """Build the use case that states what the calendar changed."""
    return TurnRegistryDay(resources.database, resources.clock)


def build_read_registry(resources: Resources) -> ReadRegistry:
    """Build the use case that reads the registry."""
    return ReadRegistry(resources.database, resources.clock)


def build_record_outcomes(resources: Resources) -> RecordOutcomes:
    """Build the use case that takes note of screenings."""
    return RecordOutcomes(resources.database)


def build_record_standing(resources: Resources) -> RecordStanding:
    """Build the use case that takes note of measures against practitioners."""
    return RecordStanding(resources.database)


def build_register_visit(resources: Resources) -> RegisterVisit:
    """Build the use case that registers visits."""
    return RegisterVisit(resources.visits, resources.visits_together)


def build_keep_part(resources: Resources) -> KeepPart:
    """Build the use case that keeps a part of a visit."""
    return KeepPart(resources.visits, resources.visits_together)


def build_keep_lines(resources: Resources) -> KeepLines:
    """Build the use case that keeps fee lines."""
    return KeepLines(resources.visits, resources.visits_together)


def build_cancel_lines(resources: Resources) -> CancelLines:
    """Build the use case that cancels fee lines."""
    return CancelLines(resources.visits)


def build_settle_visit(resources: Resources) -> SettleVisit:
    """Build the use case that settles visits."""
    return SettleVisit(resources.visits, resources.visits_together)


def build_preview_settlement(resources: Resources) -> PreviewSettlement:
    """Build the use case that looks at a settlement before it is made."""
    return PreviewSettlement(resources.visits)


def build_reverse_visit_settlement(resources: Resources) -> ReverseVisitSettlement:
    """Build the use case that reverses the settlement of a visit."""
    return ReverseVisitSettlement(resources.visits, build_reverse_settlements(resources))


def build_cancel_visit(resources: Resources) -> CancelVisit:
    """Build the use case that cancels visits."""
    return CancelVisit(resources.visits)


def build_sweep_visits(resources: Resources) -> SweepVisits:
    """Build the use case that gives up overdue visits."""
    return SweepVisits(resources.visits, resources.quarantine.keep)


def build_release_visit(resources: Resources) -> ReleaseVisit:
    """Build the use case that tries a visit again which was given up."""
    return ReleaseVisit(resources.visits)


def build_read_visits(resources: Resources) -> ReadVisits:
    """Build the use case that reads visits."""
    return ReadVisits(resources.database)


def build_start_import(resources: Resources) -> StartImport:
    """Build the use case that takes files in."""
    settings = resources.settings
    return StartImport(
        resources.database, resources.clock, resources.sealer, most_open=settings.intake_imports_per_caller
    )


def build_follow_imports(resources: Resources) -> FollowImports:
    """Build the use case that follows imports."""
    return FollowImports(
        resources.database, resources.clock, kept_for=timedelta(days=resources.settings.intake_import_days)
    )


def build_run_imports(resources: Resources, targets: Targets) -> RunImports:
    """Build the use case that runs imports."""
    settings = resources.settings
    return RunImports(
        resources.database,
        resources.clock,
        resources.sealer,
        resources.watch_backlog,
        targets,
        directory=settings.state_directory / "imports",
        lease=timedelta(seconds=settings.intake_import_lease_seconds),
        chunk=settings.intake_chunk_lines,
        most_rows=settings.intake_import_rows,
        most_rows_at_once=settings.intake_import_rows_at_once,
        most_unpacked=settings.intake_import_unpacked_bytes,
        most_errors=settings.intake_import_errors,
        quotas=resources.quotas,
    )


def build_interface_credentials(resources: Resources) -> InterfaceCredentials:
    """Build the use case that gives out and retires signing credentials."""

    async def is_registered(code: str) -> bool:
        return bool(await resources.known_institutions([code]))

    return InterfaceCredentials(resources.database, resources.clock, is_registered, resources.sealer)


def build_interface_sign_in(resources: Resources) -> InterfaceSignIn:
    """Build the use case that signs operators in and out."""
    return InterfaceSignIn(resources.database, resources.clock, pseudonym_key=resources.pseudonym_key)

"""The only place that picks classes and builds use cases."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.intake.domain.pseudonym import derive_key
from services.intake.settings import SHORTEST_SECRET, IntakeSettings
from services.intake.use_cases.accept_settlements import AcceptSettlements
from services.intake.use_cases.change_registry import ChangeInstitutions, ChangePractitioners
from services.intake.use_cases.known_institutions import KnownInstitutions
from services.intake.use_cases.read_registry import ReadRegistry
from services.intake.use_cases.read_settlements import ReadSettlements
from services.intake.use_cases.record_outcomes import RecordOutcomes
from services.intake.use_cases.record_standing import RecordStanding
from services.intake.use_cases.reverse_settlement import ReverseSettlement
from services.intake.use_cases.watch_backlog import WatchBacklog
from services.kit.clock import Clock, SystemClock
from services.kit.db import Database

DEVELOPMENT_SECRET_FILE = Path("keys") / "pseudonym-secret"
"""Where the embedded installation keeps its secret, below the state directory."""


@dataclass(frozen=True)
class Resources:
    """What one process of the service holds as long as it lives."""

    settings: IntakeSettings
    database: Database
    clock: Clock
    pseudonym_key: bytes
    known_institutions: KnownInstitutions
    watch_backlog: WatchBacklog


@asynccontextmanager
async def open_resources(settings: IntakeSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open the service's resources.

    Raises Unavailable when the schema is not the one this code needs, and ValueError without a pseudonym secret.
    """
    pseudonym_key = derive_key(pseudonym_secret(settings))
    database = Database(settings.database_url.get_secret_value(), "intake", pool_size=settings.database_pool_size)
    try:
        await database.require_current_schema()
        yield Resources(
            settings=settings,
            database=database,
            clock=clock or SystemClock(),
            pseudonym_key=pseudonym_key,
            known_institutions=KnownInstitutions(database),
            watch_backlog=WatchBacklog(database, limit=settings.intake_backlog_limit),
        )
    finally:
        await database.close()


def pseudonym_secret(settings: IntakeSettings) -> str:
    """Return the configured secret, or the development one, which is made when it is missing.

    Raises ValueError when none is configured outside of development, or when it is too short to keep a secret.
    """
    secret = settings.pseudonym_secret.get_secret_value()
    if not secret and settings.development:
        secret = _development_secret(settings.state_directory / DEVELOPMENT_SECRET_FILE)
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"FUNDWARDEN_PSEUDONYM_SECRET must be set to {SHORTEST_SECRET} characters or more")
    return secret


def _development_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        # Written apart and then linked: of two processes that start at once one wins, and none reads half a secret.
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text().strip()


def build_accept_settlements(resources: Resources) -> AcceptSettlements:
    """Build the use case that accepts settlements."""
    return AcceptSettlements(
        resources.database, resources.clock, resources.known_institutions, pseudonym_key=resources.pseudonym_key
    )


def build_reverse_settlement(resources: Resources) -> ReverseSettlement:
    """Build the use case that takes a settlement back."""
    return ReverseSettlement(resources.database, resources.clock)


def build_read_settlements(resources: Resources) -> ReadSettlements:
    """Build the use case that reads settlements."""
    return ReadSettlements(resources.database)


def build_change_institutions(resources: Resources) -> ChangeInstitutions:
    """Build the use case that writes institutions."""
    return ChangeInstitutions(resources.database, resources.clock)


def build_change_practitioners(resources: Resources) -> ChangePractitioners:
    """Build the use case that writes practitioners."""
    return ChangePractitioners(resources.database, resources.clock)


def build_read_registry(resources: Resources) -> ReadRegistry:
    """Build the use case that reads the registry."""
    return ReadRegistry(resources.database, resources.clock)


def build_record_outcomes(resources: Resources) -> RecordOutcomes:
    """Build the use case that takes note of screenings."""
    return RecordOutcomes(resources.database)


def build_record_standing(resources: Resources) -> RecordStanding:
    """Build the use case that takes note of measures against practitioners."""
    return RecordStanding(resources.database)

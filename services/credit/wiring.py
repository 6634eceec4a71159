"""The only place that picks classes and builds use cases."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from services.credit.domain.errors import PolicyInvalidError
from services.credit.domain.policy import PolicyBook
from services.credit.domain.policy_document import read_policy
from services.credit.settings import CreditSettings
from services.credit.use_cases.confirm_findings import ConfirmFindings
from services.credit.use_cases.read_eligibility import ReadEligibility
from services.credit.use_cases.read_institutions import ReadInstitutions
from services.credit.use_cases.read_practitioners import ReadPractitioners
from services.credit.use_cases.read_sanctions import ReadSanctions
from services.credit.use_cases.record_sanction import RecordSanction
from services.credit.use_cases.record_tips import RecordTips
from services.credit.use_cases.register_changes import RegisterChanges
from services.credit.use_cases.take_back_findings import TakeBackFindings
from services.kit.clock import Clock, SystemClock
from services.kit.db import Database


@dataclass(frozen=True)
class Resources:
    """What one process of the service holds as long as it lives."""

    settings: CreditSettings
    database: Database
    clock: Clock
    book: PolicyBook


def load_policies(folder: Path | None) -> PolicyBook:
    """Read every policy file of a folder, or the bundled ones; raises PolicyInvalidError."""
    source = files("services.credit") / "policies" if folder is None else folder
    texts = {item.name: item.read_text(encoding="utf-8") for item in source.iterdir() if item.name.endswith(".json")}
    if not texts:
        raise PolicyInvalidError("the folder of policies holds none")
    policies = [read_policy(json.loads(texts[name])) for name in sorted(texts)]
    if len({policy.version for policy in policies}) < len(policies):
        raise PolicyInvalidError("two policy files have one version")
    return PolicyBook(policies)


@asynccontextmanager
async def open_resources(settings: CreditSettings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open the service's resources.

    Raises Unavailable when the schema is not the one this code needs, PolicyInvalidError for a policy that is none.
    """
    book = load_policies(settings.credit_policies)
    database = Database(settings.database_url.get_secret_value(), "credit", pool_size=settings.database_pool_size)
    try:
        await database.require_current_schema()
        yield Resources(settings=settings, database=database, clock=clock or SystemClock(), book=book)
    finally:
        await database.close()


def build_record_sanction(resources: Resources) -> RecordSanction:
    """Build the use case that records sanctions."""
    return RecordSanction(resources.database, resources.book, resources.clock)


def build_confirm_findings(resources: Resources) -> ConfirmFindings:
    """Build the use case that takes over confirmed findings."""
    return ConfirmFindings(resources.database, resources.book, resources.clock)


def build_take_back_findings(resources: Resources) -> TakeBackFindings:
    """Build the use case that undoes consequences."""
    return TakeBackFindings(resources.database, resources.book, resources.clock)


def build_record_tips(resources: Resources) -> RecordTips:
    """Build the use case that counts substantiated tips."""
    return RecordTips(resources.database, resources.book, resources.clock)


def build_register_changes(resources: Resources) -> RegisterChanges:
    """Build the use case that keeps the copy of the registry."""
    return RegisterChanges(resources.database)


def build_read_practitioners(resources: Resources) -> ReadPractitioners:
    """Build the use case that reads practitioners."""
    return ReadPractitioners(resources.database, resources.book, resources.clock)


def build_read_eligibility(resources: Resources) -> ReadEligibility:
    """Build the use case that reads eligibility."""
    return ReadEligibility(resources.database, resources.clock)


def build_read_institutions(resources: Resources) -> ReadInstitutions:
    """Build the use case that reads institutions."""
    return ReadInstitutions(resources.database, resources.book, resources.clock)


def build_read_sanctions(resources: Resources) -> ReadSanctions:
    """Build the use case that reads sanctions and proposals."""
    return ReadSanctions(resources.database)

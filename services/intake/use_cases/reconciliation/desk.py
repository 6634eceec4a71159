"""The reconciliation's use cases, built together."""

from dataclasses import dataclass
from typing import Self

from services.intake.use_cases.reconciliation.read import ReadReconciliations
from services.intake.use_cases.reconciliation.reconcile import Reconcile
from services.kit.clock import Clock
from services.kit.db import Database


@dataclass(frozen=True)
class ReconciliationDesk:
    """What can be done about statements."""

    reconcile: Reconcile
    read: ReadReconciliations

    @classmethod
    def of(cls, database: Database, clock: Clock) -> Self:
        """Build the use cases."""
        return cls(Reconcile(database, clock), ReadReconciliations(database, clock))

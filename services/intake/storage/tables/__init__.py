"""Tables of the intake schema, one module per aggregate."""

from services.intake.storage.tables.activity import institution_activity, interface_message
from services.intake.storage.tables.batches import settlement_batch
from services.intake.storage.tables.cross_region import (
    settlement_abroad,
    settlement_identity,
    settlement_second_report,
)
from services.intake.storage.tables.findings import settlement_finding
from services.intake.storage.tables.imports import import_error, import_job, import_mapping, import_part
from services.intake.storage.tables.metadata import dead_letter, inbox, metadata, outbox
from services.intake.storage.tables.pseudonyms import pseudonym_key
from services.intake.storage.tables.quarantine import quarantine_action, quarantine_entry
from services.intake.storage.tables.reconciliation import (
    reconciliation,
    reconciliation_difference,
    reconciliation_statement,
    statement_file,
)
from services.intake.storage.tables.registry import (
    practitioner_measure,
    registry_day,
    registry_period,
    registry_statement,
)
from services.intake.storage.tables.reversals import settlement_reversal
from services.intake.storage.tables.settlement_lists import settlement_list
from services.intake.storage.tables.settlements import settlement, settlement_outcome
from services.intake.storage.tables.stock import stock_movement
from services.intake.storage.tables.visits import (
    interface_credential,
    interface_nonce,
    interface_sign_in,
    visit,
    visit_part,
)

__all__ = [
    "dead_letter",
    "import_error",
    "import_job",
    "import_mapping",
    "import_part",
    "inbox",
    "institution_activity",
    "interface_credential",
    "interface_message",
    "interface_nonce",
    "interface_sign_in",
    "metadata",
    "outbox",
    "practitioner_measure",
    "pseudonym_key",
    "quarantine_action",
    "quarantine_entry",
    "reconciliation",
    "reconciliation_difference",
    "reconciliation_statement",
    "registry_day",
    "registry_period",
    "registry_statement",
    "settlement",
    "settlement_abroad",
    "settlement_batch",
    "settlement_finding",
    "settlement_identity",
    "settlement_list",
    "settlement_outcome",
    "settlement_reversal",
    "settlement_second_report",
    "statement_file",
    "stock_movement",
    "visit",
    "visit_part",
]

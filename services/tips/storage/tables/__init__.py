"""Tables of the tips schema. Words of a tip, of a conversation or of a reporter stand only in sealed columns."""

from services.tips.storage.tables.desk import (
    deadlines,
    desk_members,
    desk_sessions,
    desks,
    disputes,
    institution_findings,
    institutions,
    interests,
    receipt_guard,
    recusals,
    transfers,
)
from services.tips.storage.tables.filing import filing_additions, filing_days, filing_keys, filing_leaves, filings
from services.tips.storage.tables.handling import (
    case_value_entries,
    findings,
    handling_log,
    messages,
    rewards,
    sealed_tips,
    tips,
)
from services.tips.storage.tables.metadata import dead_letter, inbox, metadata, outbox
from services.tips.storage.tables.protection import attachments, erasures, identity_openings, tip_keys
from services.tips.storage.tables.public_side import (
    payouts,
    statistics_publications,
    supervisor_checks,
    supervisor_reports,
    supervisors,
    typical_cases,
)
from services.tips.storage.tables.reclaims import reward_reclaims, reward_repayments

__all__ = [
    "attachments",
    "case_value_entries",
    "dead_letter",
    "deadlines",
    "desk_members",
    "desk_sessions",
    "desks",
    "disputes",
    "erasures",
    "filing_additions",
    "filing_days",
    "filing_keys",
    "filing_leaves",
    "filings",
    "findings",
    "handling_log",
    "identity_openings",
    "inbox",
    "institution_findings",
    "institutions",
    "interests",
    "messages",
    "metadata",
    "outbox",
    "payouts",
    "receipt_guard",
    "recusals",
    "reward_reclaims",
    "reward_repayments",
    "rewards",
    "sealed_tips",
    "statistics_publications",
    "supervisor_checks",
    "supervisor_reports",
    "supervisors",
    "tip_keys",
    "tips",
    "transfers",
    "typical_cases",
]

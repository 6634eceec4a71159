"""Reconciliation: what institutions say they sent, in every version, and where it differs from what is held."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

_instant = sa.DateTime(timezone=True)

reconciliation = sa.Table(
    "reconciliation",
    metadata,
    sa.Column("reconciliation_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False, comment="of the institution when it was first stated"),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("insurance_type", sa.Text, nullable=False, comment="empty: all"),
    sa.Column("clearing_type", sa.Text, nullable=False, comment="11, 21, 41, 99; empty: all"),
    sa.Column("medical_type", sa.Text, nullable=False, comment="empty: all"),
    sa.Column("refunds", sa.Boolean, nullable=False, comment="of what was taken back instead of what was settled"),
    sa.Column("state", sa.Text, nullable=False, comment="matched, open or explained"),
    sa.Column("revision", sa.Integer, nullable=False, comment="number of the statement that counts"),
    sa.Column("stated", postgresql.JSONB, nullable=False, comment="totals of that statement"),
    sa.Column("held", postgresql.JSONB, nullable=False, comment="totals of what is held, as last compared"),
    sa.Column("compared_at", _instant, nullable=False),
    sa.Column("changed_at", _instant, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.UniqueConstraint(
        "institution_code",
        "first_day",
        "last_day",
        "insurance_type",
        "clearing_type",
        "medical_type",
        "refunds",
        name="uq_reconciliation_scope",
    ),
    sa.Index("ix_reconciliation_open", "compared_at", postgresql_where=sa.text("state = 'open'")),
)

# No foreign keys: both are only written while the reconciliation is locked.
reconciliation_statement = sa.Table(
    "reconciliation_statement",
    metadata,
    sa.Column("reconciliation_id", sa.Uuid, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text, nullable=False, comment="rest, csv or fsi"),
    sa.Column("stated_at", _instant, nullable=False),
    sa.Column("stated_by", sa.Text, nullable=False),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="to know a statement that is sent again"),
    sa.Column("totals", postgresql.JSONB, nullable=False),
    sa.Column("settlements", postgresql.JSONB, comment="list of [settlement_id, total, fund, account, cash]"),
)

reconciliation_difference = sa.Table(
    "reconciliation_difference",
    metadata,
    sa.Column("reconciliation_id", sa.Uuid, primary_key=True),
    sa.Column(
        "kind", sa.Text, primary_key=True, comment="missing_here, missing_there, amount_differs or totals_differ"
    ),
    sa.Column("settlement_id", sa.Text, primary_key=True, comment="empty for the totals"),
    sa.Column("stated", postgresql.JSONB),
    sa.Column("held", postgresql.JSONB),
    sa.Column("state", sa.Text, nullable=False, comment="open, explained or solved"),
    sa.Column("opened_at", _instant, nullable=False),
    sa.Column("closed_at", _instant),
    sa.Column("explained_by", sa.Text),
    sa.Column("why", sa.Text),
)

statement_file = sa.Table(
    "statement_file",
    metadata,
    sa.Column("file_number", sa.Text, primary_key=True, comment="file_qury_no"),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("uploaded_at", _instant, nullable=False),
    sa.Column("settlements", postgresql.JSONB, nullable=False),
    comment="Details that a 3202 refers to.",
)
"""Rows are dropped with their time, as quarantined bodies are."""

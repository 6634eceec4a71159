"""Quarantine, reconciliation, activity of institutions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "4f99255ba238"
down_revision = "798ac3bdda39"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "institution_activity",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False, comment="beginning of the hour"),
        sa.Column("settlements", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("institution_code", "hour", name=op.f("pk_institution_activity")),
        schema="intake",
    )
    op.create_index("ix_institution_activity_hour", "institution_activity", ["hour"], unique=False, schema="intake")
    op.create_table(
        "interface_message",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="of the sender's clock, within the number of the message"),
        sa.Column("message_id", sa.Text(), nullable=False, comment="msgid"),
        sa.PrimaryKeyConstraint("institution_code", "day", "message_id", name=op.f("pk_interface_message")),
        schema="intake",
        comment="Numbers of messages of the national interface that came; nothing of what they said.",
    )
    op.create_index("ix_interface_message_day", "interface_message", ["day"], unique=False, schema="intake")
    op.create_table(
        "quarantine_action",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="subject of the token"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True, comment="what a release came to"),
        sa.Column("sealed", postgresql.BYTEA(), nullable=True, comment="of a correction: the body it made, encrypted"),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_quarantine_action")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_intake_quarantine_action_entry_id"), "quarantine_action", ["entry_id"], unique=False, schema="intake"
    )
    op.create_table(
        "quarantine_entry",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=True, comment="null where the sender could not be told"),
        sa.Column("region", sa.Text(), nullable=True, comment="of the institution, as registered when it came"),
        sa.Column("kind", sa.Text(), nullable=False, comment="settlement, movement, settlement_list, message or visit"),
        sa.Column("source", sa.Text(), nullable=False, comment="batch, import, fsi, single or visit"),
        sa.Column("reference", sa.Text(), nullable=False, comment="batch and line, infno and msgid, or the visit"),
        sa.Column("subject", sa.Text(), nullable=True, comment="id of the settlement or visit that it would become"),
        sa.Column("code", sa.Text(), nullable=False, comment="why it was refused"),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="list of [pointer, code]; never a value",
        ),
        sa.Column("digest", postgresql.BYTEA(), nullable=False, comment="of the body, so that the same is kept once"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes of the body as it came"),
        sa.Column(
            "sealed",
            postgresql.BYTEA(),
            nullable=True,
            comment="the body as it came, encrypted; null once its time is over",
        ),
        sa.Column(
            "sealed_correction",
            postgresql.BYTEA(),
            nullable=True,
            comment="the body as it was last corrected, encrypted",
        ),
        sa.Column("corrections", sa.Integer(), server_default="0", nullable=False),
        sa.Column("times_seen", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="open, releasing, released, dismissed, superseded or expired"
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_from", sa.Text(), nullable=False, comment="subject of the caller's token"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="what the release came to"),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_quarantine_entry")),
        schema="intake",
        comment="What could not be accepted; bodies are encrypted, for they name persons.",
    )
    op.create_index(
        "ix_quarantine_entry_institution",
        "quarantine_entry",
        ["institution_code", "state", "entry_id"],
        unique=False,
        schema="intake",
    )
    op.create_index(
        "ix_quarantine_entry_waiting",
        "quarantine_entry",
        ["received_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state in ('open', 'releasing')"),
    )
    op.create_index(
        "uq_quarantine_entry_open",
        "quarantine_entry",
        [sa.text("coalesce(institution_code, '')"), "kind", "digest"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("state in ('open', 'releasing')"),
    )
    op.create_table(
        "reconciliation",
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="of the institution when it was first stated"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("insurance_type", sa.Text(), nullable=False, comment="empty: all"),
        sa.Column("clearing_type", sa.Text(), nullable=False, comment="11, 21, 41, 99; empty: all"),
        sa.Column("medical_type", sa.Text(), nullable=False, comment="empty: all"),
        sa.Column(
            "refunds", sa.Boolean(), nullable=False, comment="of what was taken back instead of what was settled"
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="matched, open or explained"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="number of the statement that counts"),
        sa.Column(
            "stated", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="totals of that statement"
        ),
        sa.Column(
            "held",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="totals of what is held, as last compared",
        ),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("reconciliation_id", name=op.f("pk_reconciliation")),
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
        schema="intake",
    )
    op.create_index(
        "ix_reconciliation_open",
        "reconciliation",
        ["compared_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "reconciliation_difference",
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="missing_here, missing_there, amount_differs or totals_differ"
        ),
        sa.Column("settlement_id", sa.Text(), nullable=False, comment="empty for the totals"),
        sa.Column("stated", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("held", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.Text(), nullable=False, comment="open, explained or solved"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("explained_by", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "reconciliation_id", "kind", "settlement_id", name=op.f("pk_reconciliation_difference")
        ),
        schema="intake",
    )
    op.create_table(
        "reconciliation_statement",
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="rest, csv or fsi"),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("digest", postgresql.BYTEA(), nullable=False, comment="to know a statement that is sent again"),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "settlements",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="list of [settlement_id, total, fund, account, cash]",
        ),
        sa.PrimaryKeyConstraint("reconciliation_id", "revision", name=op.f("pk_reconciliation_statement")),
        schema="intake",
    )
    op.create_table(
        "statement_file",
        sa.Column("file_number", sa.Text(), nullable=False, comment="file_qury_no"),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settlements", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("file_number", name=op.f("pk_statement_file")),
        schema="intake",
        comment="Details that a 3202 refers to.",
    )
    op.create_index(
        "ix_settlement_settled_at",
        "settlement",
        ["settled_at"],
        unique=False,
        schema="intake",
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": 32},
    )


def downgrade() -> None:
    op.drop_index("ix_settlement_settled_at", table_name="settlement", schema="intake")
    for table in (
        "statement_file",
        "reconciliation_statement",
        "reconciliation_difference",
        "reconciliation",
        "quarantine_entry",
        "quarantine_action",
        "interface_message",
        "institution_activity",
    ):
        op.drop_table(table, schema="intake")

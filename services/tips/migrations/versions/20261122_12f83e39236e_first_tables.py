"""First tables of tips."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "12f83e39236e"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.BYTEA(), nullable=False),
        sa.Column("error_class", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="parked", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_dead_letter")),
        schema="tips",
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fallen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        schema="tips",
    )
    op.create_table(
        "handling_log",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", postgresql.BYTEA(), nullable=False),
        sa.Column("seal", postgresql.BYTEA(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_handling_log")),
        schema="tips",
    )
    op.create_index("ix_handling_log_tip_id", "handling_log", ["tip_id", "position"], unique=False, schema="tips")
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        schema="tips",
    )
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.BYTEA(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_outbox")),
        schema="tips",
    )
    op.create_table(
        "tips",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("reported_institution_code", sa.Text(), nullable=True),
        sa.Column("institution_code", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tips")),
        schema="tips",
    )
    op.create_index(
        "ix_tips_due_on",
        "tips",
        ["due_on"],
        unique=False,
        schema="tips",
        postgresql_where=sa.text("status = 'accepted'"),
    )
    op.create_index("ix_tips_queue", "tips", ["status", "id"], unique=False, schema="tips")
    op.create_table(
        "case_value_entries",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_case_value_entries_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", "number", name=op.f("pk_case_value_entries")),
        sa.UniqueConstraint("tip_id", "finding_id", "cause", name=op.f("uq_case_value_entries_tip_id")),
        schema="tips",
    )
    op.create_index(
        "ix_case_value_entries_finding_id", "case_value_entries", ["finding_id"], unique=False, schema="tips"
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("for_team", postgresql.BYTEA(), nullable=False),
        sa.Column("for_reporter", postgresql.BYTEA(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_messages_tip_id_tips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("tip_id", "number", name=op.f("uq_messages_tip_id")),
        schema="tips",
    )
    op.create_table(
        "rewards",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("insider", sa.Boolean(), nullable=False),
        sa.Column("case_value_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approvers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("claim_until", sa.Date(), nullable=True),
        sa.Column("claimed_on", sa.Date(), nullable=True),
        sa.Column("token_hash", postgresql.BYTEA(), nullable=True),
        sa.Column("paid_fen", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_by", sa.Text(), nullable=True),
        sa.Column("payout_reference", sa.Text(), nullable=True),
        sa.Column("over_paid_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0 and over_paid_fen >= 0", name=op.f("ck_rewards_amounts")),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_rewards_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_rewards")),
        schema="tips",
    )
    op.create_table(
        "sealed_tips",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_lookup", postgresql.BYTEA(), nullable=False),
        sa.Column("reporter_public_key", postgresql.BYTEA(), nullable=False),
        sa.Column("wrapped_key", postgresql.BYTEA(), nullable=False),
        sa.Column("content", postgresql.BYTEA(), nullable=False),
        sa.Column("identity", postgresql.BYTEA(), nullable=True),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_sealed_tips_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_sealed_tips")),
        sa.UniqueConstraint("receipt_lookup", name=op.f("uq_sealed_tips_receipt_lookup")),
        schema="tips",
    )
    # The log is only ever added to; whoever means to change it must first be seen to drop this.
    op.execute(
        """
        create function tips.refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception 'the handling log is append-only';
        end $$
        """
    )
    op.execute(
        "create trigger append_only before update or delete or truncate on tips.handling_log "
        "for each statement execute function tips.refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("sealed_tips", schema="tips")
    op.drop_table("rewards", schema="tips")
    op.drop_table("messages", schema="tips")
    op.drop_index("ix_case_value_entries_finding_id", table_name="case_value_entries", schema="tips")
    op.drop_table("case_value_entries", schema="tips")
    op.drop_index("ix_tips_queue", table_name="tips", schema="tips")
    op.drop_index("ix_tips_due_on", table_name="tips", schema="tips", postgresql_where=sa.text("status = 'accepted'"))
    op.drop_table("tips", schema="tips")
    op.drop_table("outbox", schema="tips")
    op.drop_table("inbox", schema="tips")
    op.drop_index("ix_handling_log_tip_id", table_name="handling_log", schema="tips")
    op.drop_table("handling_log", schema="tips")
    op.drop_table("findings", schema="tips")
    op.drop_table("dead_letter", schema="tips")
    op.execute("drop function tips.refuse_change()")

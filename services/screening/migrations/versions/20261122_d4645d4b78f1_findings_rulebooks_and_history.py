"""findings rulebooks and history."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d4645d4b78f1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_sale",
        sa.Column("traceability_code", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="0 for the first; its row is the lock of the code."),
        sa.Column("insured_ref", sa.Text(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("split_pack", sa.Boolean(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column(
            "reversed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Set when its settlement was reversed: it no longer counts.",
        ),
        sa.PrimaryKeyConstraint("traceability_code", "ordinal", name=op.f("pk_code_sale")),
        schema="screening",
    )
    op.create_index(
        op.f("ix_screening_code_sale_settlement_ref"), "code_sale", ["settlement_ref"], unique=False, schema="screening"
    )
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
        schema="screening",
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("practitioner_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("knowledge_point", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("line_numbers", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("amount_at_issue_fen", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_upheld_fen", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("overturned_by", sa.Text(), nullable=True),
        sa.Column("overturned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overturn_reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("severity in ('violation', 'suspicion')", name=op.f("ck_finding_severity")),
        sa.CheckConstraint(
            "status in ('raised', 'confirmed', 'dismissed', 'withdrawn', 'overturned')", name=op.f("ck_finding_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("settlement_ref", "fingerprint", name=op.f("uq_finding_settlement_ref")),
        schema="screening",
    )
    op.create_index("ix_finding_institution", "finding", ["institution_code", "id"], unique=False, schema="screening")
    op.create_index(
        "ix_finding_practitioners",
        "finding",
        ["practitioner_codes"],
        unique=False,
        schema="screening",
        postgresql_using="gin",
    )
    op.create_index("ix_finding_status", "finding", ["status", "id"], unique=False, schema="screening")
    op.create_table(
        "finding_event",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_finding_event")),
        schema="screening",
        comment="Life of every finding, in order; rows are only added.",
    )
    op.create_index(
        op.f("ix_screening_finding_event_finding_id"), "finding_event", ["finding_id"], unique=False, schema="screening"
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        schema="screening",
    )
    op.create_table(
        "ineligibility",
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column(
            "effective_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Null while only the end of the measure is known.",
        ),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "lifted_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="From this instant the measure no longer stands.",
        ),
        sa.PrimaryKeyConstraint("measure_id", name=op.f("pk_ineligibility")),
        schema="screening",
    )
    op.create_index(
        op.f("ix_screening_ineligibility_practitioner_code"),
        "ineligibility",
        ["practitioner_code"],
        unique=False,
        schema="screening",
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
        schema="screening",
    )
    op.create_table(
        "remembered_line",
        sa.Column("insured_ref", sa.Text(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity_e4", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "insured_ref", "item_code", "settlement_ref", "line_number", name=op.f("pk_remembered_line")
        ),
        schema="screening",
        comment="Fee lines that some check of a rulebook can ask for again, and no others.",
    )
    op.create_table(
        "rulebook",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status = 'draft' or approver is not null", name=op.f("ck_rulebook_approver")),
        sa.CheckConstraint("status in ('draft', 'active', 'retired')", name=op.f("ck_rulebook_status")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rulebook")),
        schema="screening",
    )
    op.create_index(
        "uq_rulebook_active",
        "rulebook",
        ["status"],
        unique=True,
        schema="screening",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "settlement",
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("insured_ref", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True, comment="Null while only the reversal is known."),
        sa.Column("rulebook_version", sa.Text(), nullable=True),
        sa.Column("amount_at_issue_fen", sa.BigInteger(), nullable=True),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("verdict in ('pass', 'review', 'refuse')", name=op.f("ck_settlement_verdict")),
        sa.CheckConstraint("verdict is not null or reversed_at is not null", name=op.f("ck_settlement_known")),
        sa.PrimaryKeyConstraint("settlement_ref", name=op.f("pk_settlement")),
        schema="screening",
    )
    op.create_table(
        "stay",
        sa.Column("insured_ref", sa.Text(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("insured_ref", "settlement_ref", name=op.f("pk_stay")),
        schema="screening",
    )
    op.create_table(
        "tip_attention",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_tip_attention")),
        schema="screening",
    )
    op.create_index(
        op.f("ix_screening_tip_attention_institution_code"),
        "tip_attention",
        ["institution_code"],
        unique=False,
        schema="screening",
    )
    op.execute(
        """
        create function screening.refuse_change() returns trigger language plpgsql as
        $$ begin raise exception 'rows of % are only added', tg_table_name; end $$
        """
    )
    op.execute(
        """
        create trigger finding_event_only_grows before update or delete or truncate on screening.finding_event
        for each statement execute function screening.refuse_change()
        """
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_screening_tip_attention_institution_code"), table_name="tip_attention", schema="screening")
    op.drop_table("tip_attention", schema="screening")
    op.drop_table("stay", schema="screening")
    op.drop_table("settlement", schema="screening")
    op.drop_index(
        "uq_rulebook_active", table_name="rulebook", schema="screening", postgresql_where=sa.text("status = 'active'")
    )
    op.drop_table("rulebook", schema="screening")
    op.drop_table("remembered_line", schema="screening")
    op.drop_table("outbox", schema="screening")
    op.drop_index(op.f("ix_screening_ineligibility_practitioner_code"), table_name="ineligibility", schema="screening")
    op.drop_table("ineligibility", schema="screening")
    op.drop_table("inbox", schema="screening")
    op.drop_index(op.f("ix_screening_finding_event_finding_id"), table_name="finding_event", schema="screening")
    op.drop_table("finding_event", schema="screening")
    op.execute("drop function screening.refuse_change()")
    op.drop_index("ix_finding_status", table_name="finding", schema="screening")
    op.drop_index("ix_finding_practitioners", table_name="finding", schema="screening", postgresql_using="gin")
    op.drop_index("ix_finding_institution", table_name="finding", schema="screening")
    op.drop_table("finding", schema="screening")
    op.drop_table("dead_letter", schema="screening")
    op.drop_index(op.f("ix_screening_code_sale_settlement_ref"), table_name="code_sale", schema="screening")
    op.drop_table("code_sale", schema="screening")

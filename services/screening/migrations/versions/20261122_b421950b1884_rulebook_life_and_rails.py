"""rulebook life and rails."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b421950b1884"
down_revision = "cbf9f1343571"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "condition_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("point_id", sa.Text(), nullable=False),
        sa.Column(
            "point",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the knowledge point without its condition",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="the limit as published"),
        sa.Column("proposed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("rest", sa.Text(), nullable=False, comment="what of the text no condition speaks of"),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("confidence in ('high', 'medium', 'low')", name=op.f("ck_condition_proposal_confidence")),
        sa.CheckConstraint("reading in ('full', 'part', 'none')", name=op.f("ck_condition_proposal_reading")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition_proposal")),
        schema="screening",
    )
    op.create_index(
        "uq_condition_proposal_point", "condition_proposal", ["version", "point_id"], unique=True, schema="screening"
    )
    op.create_table(
        "held_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Text(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("knowledge_point", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("line_numbers", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("amount_at_issue_fen", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=True, comment="only of samples"),
        sa.Column("text_en", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True, comment="who had it raised after all"),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose in ('shadow', 'paused', 'budget')", name=op.f("ck_held_finding_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_finding")),
        schema="screening",
        comment="Findings that were not sent: in the shadow (samples), of a paused rule, beyond a budget.",
    )
    op.create_index(
        "ix_held_finding_held_at",
        "held_finding",
        ["held_at"],
        unique=False,
        schema="screening",
        postgresql_using="brin",
    )
    op.create_index(
        "ix_held_finding_list", "held_finding", ["purpose", "rule_code", "id"], unique=False, schema="screening"
    )
    op.create_index(
        "uq_held_finding",
        "held_finding",
        ["rule_code", "settlement_ref", "fingerprint"],
        unique=True,
        schema="screening",
        postgresql_where=sa.text("purpose != 'shadow'"),
    )
    op.create_table(
        "history_fill",
        sa.Column("version", sa.Text(), nullable=False, comment="the rulebook whose questions history has to answer"),
        sa.Column(
            "not_before", sa.DateTime(timezone=True), nullable=False, comment="by then every worker remembers for it"
        ),
        sa.Column(
            "since", sa.DateTime(timezone=True), nullable=True, comment="claims settled before this cannot be asked for"
        ),
        sa.Column(
            "until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="claims settled after this were remembered as they came",
        ),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_history_fill")),
        schema="screening",
        comment="Remembering, from kept claims, what only a newer rulebook asks for.",
    )
    op.create_table(
        "rule_budget",
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False, comment="suspicions raised on one business day"),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("per_day >= 0", name=op.f("ck_rule_budget_per_day")),
        sa.PrimaryKeyConstraint("rule_code", name=op.f("pk_rule_budget")),
        schema="screening",
    )
    op.create_table(
        "rule_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False, comment="empty: all rules; only claims are counted"),
        sa.Column("claims", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("findings", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("suspicions", sa.BigInteger(), server_default="0", nullable=False, comment="that were raised"),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "rule_code", name=op.f("pk_rule_day")),
        schema="screening",
        comment="How often each rule strikes on each business day of screening.",
    )
    op.create_table(
        "rule_pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("figures", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.Column("resume_reason", sa.Text(), nullable=True),
        sa.Column(
            "exempt_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="until then it is not paused by itself again",
        ),
        sa.CheckConstraint("cause in ('jump', 'share', 'failures', 'person')", name=op.f("ck_rule_pause_cause")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_pause")),
        schema="screening",
    )
    op.create_index(
        op.f("ix_screening_rule_pause_rule_code"), "rule_pause", ["rule_code"], unique=False, schema="screening"
    )
    op.create_index(
        "uq_rule_pause_open",
        "rule_pause",
        ["rule_code"],
        unique=True,
        schema="screening",
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.create_table(
        "rulebook_step",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "details",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="of an import: its report",
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_rulebook_step")),
        schema="screening",
        comment="What happened to every rulebook, in order; rows are only added.",
    )
    op.create_index(
        op.f("ix_screening_rulebook_step_version"), "rulebook_step", ["version"], unique=False, schema="screening"
    )
    op.create_table(
        "shadow_tally",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False, comment="empty: all claims judged"),
        sa.Column("claims", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("found_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "active", sa.BigInteger(), nullable=False, comment="findings of the same rule in the active rulebook"
        ),
        sa.Column("active_fen", sa.BigInteger(), nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", "rule_code", name=op.f("pk_shadow_tally")),
        schema="screening",
        comment="What a rulebook in the shadow finds beside the active one; exact.",
    )
    op.create_index(
        "ix_remembered_line_charged_at",
        "remembered_line",
        ["charged_at"],
        unique=False,
        schema="screening",
        postgresql_using="brin",
    )
    op.add_column(
        "rulebook",
        sa.Column(
            "editors",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="who imported into it or confirmed in it; none of them may activate it",
        ),
        schema="screening",
    )
    op.add_column("rulebook", sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True), schema="screening")
    op.add_column(
        "rulebook",
        sa.Column(
            "report",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="of the last validation of this content",
        ),
        schema="screening",
    )
    op.add_column("rulebook", sa.Column("shadowed_at", sa.DateTime(timezone=True), nullable=True), schema="screening")
    op.create_index(
        "uq_rulebook_shadow",
        "rulebook",
        ["status"],
        unique=True,
        schema="screening",
        postgresql_where=sa.text("status = 'shadow'"),
    )
    op.create_index(
        "ix_visit_ended_at", "visit", ["ended_at"], unique=False, schema="screening", postgresql_using="brin"
    )


def downgrade() -> None:
    op.drop_index("ix_visit_ended_at", table_name="visit", schema="screening", postgresql_using="brin")
    op.drop_index(
        "uq_rulebook_shadow", table_name="rulebook", schema="screening", postgresql_where=sa.text("status = 'shadow'")
    )
    op.drop_column("rulebook", "shadowed_at", schema="screening")
    op.drop_column("rulebook", "report", schema="screening")
    op.drop_column("rulebook", "validated_at", schema="screening")
    op.drop_column("rulebook", "editors", schema="screening")
    op.drop_index(
        "ix_remembered_line_charged_at", table_name="remembered_line", schema="screening", postgresql_using="brin"
    )
    op.drop_table("shadow_tally", schema="screening")
    op.drop_index(op.f("ix_screening_rulebook_step_version"), table_name="rulebook_step", schema="screening")
    op.drop_table("rulebook_step", schema="screening")
    op.drop_index(
        "uq_rule_pause_open",
        table_name="rule_pause",
        schema="screening",
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.drop_index(op.f("ix_screening_rule_pause_rule_code"), table_name="rule_pause", schema="screening")
    op.drop_table("rule_pause", schema="screening")
    op.drop_table("rule_day", schema="screening")
    op.drop_table("rule_budget", schema="screening")
    op.drop_table("history_fill", schema="screening")
    op.drop_index(
        "uq_held_finding",
        table_name="held_finding",
        schema="screening",
        postgresql_where=sa.text("purpose != 'shadow'"),
    )
    op.drop_index("ix_held_finding_list", table_name="held_finding", schema="screening")
    op.drop_index("ix_held_finding_held_at", table_name="held_finding", schema="screening", postgresql_using="brin")
    op.drop_table("held_finding", schema="screening")
    op.drop_index("uq_condition_proposal_point", table_name="condition_proposal", schema="screening")
    op.drop_table("condition_proposal", schema="screening")

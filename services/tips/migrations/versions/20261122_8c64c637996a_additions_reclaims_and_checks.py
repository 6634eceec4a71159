"""Statements for what is added later, what is taken back of rewards, and checks of social supervisors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8c64c637996a"
down_revision = "0d021a278597"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supervisor_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("period_first", sa.Text(), nullable=False),
        sa.Column("period_last", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("overdue_on", sa.Date(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.CheckConstraint("period_first <= period_last", name=op.f("ck_supervisor_checks_period")),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["tips.supervisors.id"], name=op.f("fk_supervisor_checks_supervisor_id_supervisors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisor_checks")),
        schema="tips",
    )
    op.create_index(
        "ix_supervisor_checks_open",
        "supervisor_checks",
        ["due_on"],
        unique=False,
        schema="tips",
        postgresql_where=sa.text("state = 'assigned'"),
    )
    op.create_index(
        "ix_supervisor_checks_supervisor_id", "supervisor_checks", ["supervisor_id"], unique=False, schema="tips"
    )
    op.create_table(
        "filing_additions",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("filed", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["tips.messages.id"], name=op.f("fk_filing_additions_message_id_messages")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_filing_additions_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", "number", name=op.f("pk_filing_additions")),
        sa.UniqueConstraint("message_id", name=op.f("uq_filing_additions_message_id")),
        schema="tips",
    )
    op.create_table(
        "reward_reclaims",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exclusion", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repayment_number", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repaid_fen", sa.BigInteger(), nullable=False),
        sa.Column("waiver", sa.Text(), nullable=True),
        sa.Column("waived_by", sa.Text(), nullable=True),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount_fen > 0 and repaid_fen between 0 and amount_fen", name=op.f("ck_reward_reclaims_amounts")
        ),
        sa.CheckConstraint(
            "decided_by is null or decided_by <> proposed_by", name=op.f("ck_reward_reclaims_two_persons")
        ),
        sa.CheckConstraint(
            "waived_by is null or (waived_by <> proposed_by and waived_by <> decided_by)",
            name=op.f("ck_reward_reclaims_third_person_waives"),
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.rewards.tip_id"], name=op.f("fk_reward_reclaims_tip_id_rewards")),
        sa.PrimaryKeyConstraint("tip_id", "number", name=op.f("pk_reward_reclaims")),
        sa.UniqueConstraint("repayment_number", name=op.f("uq_reward_reclaims_repayment_number")),
        schema="tips",
    )
    op.create_index(
        "ix_reward_reclaims_demanded",
        "reward_reclaims",
        ["decided_at"],
        unique=False,
        schema="tips",
        postgresql_where=sa.text("state = 'demanded'"),
    )
    op.create_table(
        "reward_repayments",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deducted_in", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_reward_repayments_amount")),
        sa.ForeignKeyConstraint(
            ["tip_id", "number"],
            ["tips.reward_reclaims.tip_id", "tips.reward_reclaims.number"],
            name=op.f("fk_reward_repayments_tip_id_reward_reclaims"),
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_reward_repayments")),
        schema="tips",
    )
    op.create_index(
        "ix_reward_repayments_not_deducted",
        "reward_repayments",
        ["noted_at"],
        unique=False,
        schema="tips",
        postgresql_where=sa.text("deducted_in is null"),
    )
    op.create_index(
        "ix_reward_repayments_reclaim", "reward_repayments", ["tip_id", "number"], unique=False, schema="tips"
    )


def downgrade() -> None:
    op.drop_index("ix_reward_repayments_reclaim", table_name="reward_repayments", schema="tips")
    op.drop_index(
        "ix_reward_repayments_not_deducted",
        table_name="reward_repayments",
        schema="tips",
        postgresql_where=sa.text("deducted_in is null"),
    )
    op.drop_table("reward_repayments", schema="tips")
    op.drop_index(
        "ix_reward_reclaims_demanded",
        table_name="reward_reclaims",
        schema="tips",
        postgresql_where=sa.text("state = 'demanded'"),
    )
    op.drop_table("reward_reclaims", schema="tips")
    op.drop_table("filing_additions", schema="tips")
    op.drop_index("ix_supervisor_checks_supervisor_id", table_name="supervisor_checks", schema="tips")
    op.drop_index(
        "ix_supervisor_checks_open",
        table_name="supervisor_checks",
        schema="tips",
        postgresql_where=sa.text("state = 'assigned'"),
    )
    op.drop_table("supervisor_checks", schema="tips")

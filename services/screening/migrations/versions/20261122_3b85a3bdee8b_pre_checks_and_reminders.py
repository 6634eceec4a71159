"""Pre-checks, reminders, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "3b85a3bdee8b"
down_revision = "b421950b1884"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "precheck",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=True, comment="trig_scen of the national interface"),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("rules_not_judged", sa.Integer(), nullable=False),
        sa.Column("rulebook_version", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("microseconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_precheck")),
        schema="screening",
        comment="Pre-checks, written a moment after they were answered; nothing of the claim itself is kept.",
    )
    op.create_index(
        "ix_precheck_asked_at", "precheck", ["asked_at", "institution_code"], unique=False, schema="screening"
    )
    op.create_table(
        "reminder",
        sa.Column(
            "id", sa.Uuid(), nullable=False, comment="jr_id: the same for the same reminder about the same visit"
        ),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=True, comment="who ordered the lines, where it was sent"),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("knowledge_point", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Text(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False, comment="the first time"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        schema="screening",
    )
    op.create_index(
        "ix_reminder_institution", "reminder", ["institution_code", "reminded_at"], unique=False, schema="screening"
    )
    op.create_index("ix_reminder_reminded_at", "reminder", ["reminded_at"], unique=False, schema="screening")
    op.create_table(
        "reminder_answer",
        sa.Column("reminder_id", sa.Uuid(), nullable=False),
        sa.Column(
            "institution_code", sa.Text(), nullable=False, comment="who answered; counts for its own reminders only"
        ),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("disposition in ('continued', 'revised')", name=op.f("ck_reminder_answer_disposition")),
        sa.PrimaryKeyConstraint("reminder_id", "institution_code", name=op.f("pk_reminder_answer")),
        schema="screening",
        comment="What the doctor did with a reminder; it may come before the reminder itself is written.",
    )


def downgrade() -> None:
    op.drop_table("reminder_answer", schema="screening")
    op.drop_index("ix_reminder_reminded_at", table_name="reminder", schema="screening")
    op.drop_index("ix_reminder_institution", table_name="reminder", schema="screening")
    op.drop_table("reminder", schema="screening")
    op.drop_index("ix_precheck_asked_at", table_name="precheck", schema="screening")
    op.drop_table("precheck", schema="screening")

"""Signing credentials, and numbers by day of reminders that are no longer kept one by one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "4e303593a830"
down_revision = "ffda164588bf"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _index(table: str, column: str, *, name: str | None = None) -> None:
    op.create_index(name or op.f(f"ix_screening_{table}_{column}"), table, [column], schema="screening")


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "interface_credential",
        sa.Column("key_id", sa.Text(), nullable=False, comment="x-tif-paasid"),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column(
            "sealed_secret", postgresql.BYTEA(), nullable=False, comment="encrypted; the scheme needs the secret"
        ),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("retired_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_interface_credential")),
        schema="screening",
    )
    _index("interface_credential", "institution_code")
    op.create_table(
        "interface_nonce",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "nonce", name=op.f("pk_interface_nonce")),
        schema="screening",
    )
    _index("interface_nonce", "expires_at")
    op.create_table(
        "precheck_day",
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        *_numbers("prechecks", "reminders", "rules_not_judged", "microseconds"),
        sa.PrimaryKeyConstraint("business_day", "institution_code", "phase", "verdict", name=op.f("pk_precheck_day")),
        schema="screening",
        comment="What is left of pre-checks that are no longer kept one by one.",
    )
    op.create_table(
        "reminder_day",
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=True),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        *_numbers("reminders", "answered", "revised", "continued_without_reason", "amount_fen"),
        sa.UniqueConstraint(
            "business_day",
            "institution_code",
            "practitioner_code",
            "rule_code",
            "phase",
            name="uq_reminder_day_group",
            postgresql_nulls_not_distinct=True,
        ),
        schema="screening",
        comment="What is left of reminders and their answers that are no longer kept one by one.",
    )
    _index("reminder_answer", "answered_at", name="ix_reminder_answer_answered_at")


def downgrade() -> None:
    op.drop_index("ix_reminder_answer_answered_at", table_name="reminder_answer", schema="screening")
    for table in ("reminder_day", "precheck_day", "interface_nonce", "interface_credential"):
        op.drop_table(table, schema="screening")

"""Persons tied to the end of an agreement."""

import sqlalchemy as sa
from alembic import op

revision = "12a1f4db982f"
down_revision = "5b5adcfd19d3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement_link",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("counters_link_id", sa.Uuid(), nullable=True),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('suspension', 'termination')", name=op.f("ck_agreement_link_kind")),
        sa.CheckConstraint(
            "(counters_link_id is null) = (cause_id is null)", name=op.f("ck_agreement_link_named_cause")
        ),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["credit.sanction.sanction_id"], name=op.f("fk_agreement_link_sanction_id_sanction")
        ),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_agreement_link")),
        sa.UniqueConstraint("counters_link_id", name=op.f("uq_agreement_link_counters_link_id")),
        schema="credit",
    )
    op.create_index(
        "ix_agreement_link_practitioner_code", "agreement_link", ["practitioner_code"], unique=False, schema="credit"
    )
    op.create_index("ix_agreement_link_sanction_id", "agreement_link", ["sanction_id"], unique=False, schema="credit")
    op.add_column(
        "sanction",
        sa.Column("agreement", sa.Text(), nullable=True, comment="What it does to the agreement; null: nothing."),
        schema="credit",
    )
    op.add_column(
        "sanction",
        sa.Column("agreement_until", sa.Date(), nullable=True, comment="Last day of the agreement's suspension."),
        schema="credit",
    )
    op.create_check_constraint(
        op.f("ck_sanction_agreement"), "sanction", "agreement in ('suspended', 'terminated')", schema="credit"
    )
    op.create_check_constraint(
        op.f("ck_sanction_agreement_until"),
        "sanction",
        "(agreement is not null and agreement = 'suspended') = (agreement_until is not null)",
        schema="credit",
    )
    op.execute(
        "create trigger append_only before update or delete on credit.agreement_link "
        "for each row execute function credit.forbid_change()"
    )
    op.execute(
        "create trigger append_only_whole before truncate on credit.agreement_link "
        "for each statement execute function credit.forbid_change()"
    )


def downgrade() -> None:
    op.drop_column("sanction", "agreement_until", schema="credit")
    op.drop_column("sanction", "agreement", schema="credit")
    op.drop_index("ix_agreement_link_sanction_id", table_name="agreement_link", schema="credit")
    op.drop_index("ix_agreement_link_practitioner_code", table_name="agreement_link", schema="credit")
    op.drop_table("agreement_link", schema="credit")

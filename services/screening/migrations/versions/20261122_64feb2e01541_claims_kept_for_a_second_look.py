"""Claims kept for a second look; facts placed in the order of settling, older ones before all others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "64feb2e01541"
down_revision = "d4645d4b78f1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("body", postgresql.BYTEA(), nullable=False, comment="the fact SettlementAccepted as JSON"),
        sa.PrimaryKeyConstraint("settlement_ref", name=op.f("pk_claim")),
        schema="screening",
    )
    op.create_index("ix_claim_settled_at", "claim", ["settled_at", "settlement_ref"], unique=False, schema="screening")
    op.add_column(
        "code_sale",
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="of its claim in the order of settling",
        ),
        schema="screening",
    )
    op.alter_column("code_sale", "position", server_default=None, schema="screening")
    op.drop_constraint(op.f("uq_finding_settlement_ref"), "finding", schema="screening", type_="unique")
    op.create_index(
        "uq_finding_fingerprint",
        "finding",
        ["settlement_ref", "fingerprint"],
        unique=True,
        schema="screening",
        postgresql_where=sa.text("status != 'withdrawn'"),
    )
    op.add_column(
        "remembered_line",
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="of its claim in the order of settling",
        ),
        schema="screening",
    )
    op.alter_column("remembered_line", "position", server_default=None, schema="screening")
    op.add_column(
        "stay",
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="of its claim in the order of settling",
        ),
        schema="screening",
    )
    op.alter_column("stay", "position", server_default=None, schema="screening")


def downgrade() -> None:
    op.drop_column("stay", "position", schema="screening")
    op.drop_column("remembered_line", "position", schema="screening")
    op.drop_index(
        "uq_finding_fingerprint",
        table_name="finding",
        schema="screening",
        postgresql_where=sa.text("status != 'withdrawn'"),
    )
    op.create_unique_constraint(
        op.f("uq_finding_settlement_ref"),
        "finding",
        ["settlement_ref", "fingerprint"],
        schema="screening",
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("code_sale", "position", schema="screening")
    op.drop_index("ix_claim_settled_at", table_name="claim", schema="screening")
    op.drop_table("claim", schema="screening")

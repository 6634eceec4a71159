"""Claims kept for a second look; facts placed in the order of settling, older ones before all others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e4629bbcf035"
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
    op.create_table(
        "filed_list",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=True, comment="Null while the settlement has not come."),
        sa.Column("body", postgresql.BYTEA(), nullable=False, comment="the fact SettlementListFiled as JSON"),
        sa.PrimaryKeyConstraint("institution_code", "settlement_id", name=op.f("pk_filed_list")),
        schema="screening",
        comment="The settlement list that stands for a settlement: its highest version.",
    )
    op.create_index(
        op.f("ix_screening_filed_list_settlement_ref"),
        "filed_list",
        ["settlement_ref"],
        unique=False,
        schema="screening",
    )
    op.create_table(
        "visit",
        sa.Column("insured_ref", sa.Text(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("care_setting", sa.Text(), nullable=False),
        sa.Column("medical_type", sa.Text(), nullable=False),
        sa.Column("main_diagnosis", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="of its claim in the order of settling"),
        sa.PrimaryKeyConstraint("insured_ref", "settlement_ref", name=op.f("pk_visit")),
        schema="screening",
        comment="Visits of the kinds that some check of a rulebook can ask for again.",
    )
    op.execute(
        "insert into screening.visit (insured_ref, settlement_ref, institution_code, care_setting, medical_type, "
        "started_at, ended_at, total_fen, position) "
        "select insured_ref, settlement_ref, institution_code, 'inpatient', '', started_at, ended_at, 0, 0 "
        "from screening.stay"
    )
    op.drop_table("stay", schema="screening")
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
    op.create_index(
        "ix_settlement_institution",
        "settlement",
        ["institution_code", "settlement_id"],
        unique=False,
        schema="screening",
    )


def downgrade() -> None:
    op.drop_index("ix_settlement_institution", table_name="settlement", schema="screening")
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
    op.create_table(
        "stay",
        sa.Column("insured_ref", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("settlement_ref", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("institution_code", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("insured_ref", "settlement_ref", name=op.f("pk_stay")),
        schema="screening",
    )
    op.execute(
        "insert into screening.stay (insured_ref, settlement_ref, institution_code, started_at, ended_at) "
        "select insured_ref, settlement_ref, institution_code, started_at, ended_at from screening.visit "
        "where care_setting = 'inpatient'"
    )
    op.drop_table("visit", schema="screening")
    op.drop_index(op.f("ix_screening_filed_list_settlement_ref"), table_name="filed_list", schema="screening")
    op.drop_table("filed_list", schema="screening")
    op.drop_index("ix_claim_settled_at", table_name="claim", schema="screening")
    op.drop_table("claim", schema="screening")

"""institution_ratings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8165f717570e"
down_revision = "e019d8ab3943"
branch_labels = None
depends_on = None

LEDGERS = ("annual_rating", "rating_act", "rating_calculation", "rating_record", "rating_repair")


def upgrade() -> None:
    op.create_table(
        "annual_rating",
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False, comment="Region of the institution when it was first rated."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rating_id", name=op.f("pk_annual_rating")),
        sa.UniqueConstraint("institution_code", "year", name=op.f("uq_annual_rating_institution_code")),
        schema="credit",
    )
    op.create_index(
        "ix_annual_rating_year", "annual_rating", ["year", "institution_code"], unique=False, schema="credit"
    )
    op.create_table(
        "rating_record",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False, comment="Subject of the officer's token."),
        sa.Column("withdraws_record_id", sa.Uuid(), nullable=True, comment="The record that this one takes back."),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_rating_record")),
        sa.UniqueConstraint("record_id", name=op.f("uq_rating_record_record_id")),
        sa.UniqueConstraint("withdraws_record_id", name=op.f("uq_rating_record_withdraws_record_id")),
        schema="credit",
    )
    op.create_index(
        "ix_rating_record_institution_code",
        "rating_record",
        ["institution_code", "position"],
        unique=False,
        schema="credit",
    )
    op.create_table(
        "rating_repair",
        sa.Column("repair_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False, comment="Commitment, or decision."),
        sa.Column("due_on", sa.Date(), nullable=True, comment="Last day for the decision; on the application only."),
        sa.Column(
            "counts_in", sa.SmallInteger(), nullable=True, comment="Year whose rating counts it; on a grant only."
        ),
        sa.CheckConstraint("act in ('applied', 'granted', 'refused')", name=op.f("ck_rating_repair_act")),
        sa.PrimaryKeyConstraint("repair_id", "act", name=op.f("pk_rating_repair")),
        schema="credit",
    )
    op.create_index(
        "ix_rating_repair_institution_code",
        "rating_repair",
        ["institution_code", "repair_id"],
        unique=False,
        schema="credit",
    )
    op.create_index(
        "uq_rating_repair_decided",
        "rating_repair",
        ["repair_id"],
        unique=True,
        schema="credit",
        postgresql_where=sa.text("act != 'applied'"),
    )
    op.create_table(
        "rating_volume",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="First day of the month of screening."),
        sa.Column("settlements", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution_code", "month", name=op.f("pk_rating_volume")),
        schema="credit",
        comment="A counter of screened settlements, the volume that violations are seen relative to.",
    )
    op.create_table(
        "rating_calculation",
        sa.Column("calculation_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("score_e2", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("grade_before", sa.Text(), nullable=True),
        sa.Column("settlements", sa.BigInteger(), nullable=False),
        sa.Column("benchmarks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "excluded",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Evidence that an upheld objection took out.",
        ),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rating_id"],
            ["credit.annual_rating.rating_id"],
            name=op.f("fk_rating_calculation_rating_id_annual_rating"),
        ),
        sa.PrimaryKeyConstraint("calculation_id", name=op.f("pk_rating_calculation")),
        schema="credit",
        comment="All inputs of one calculation, so that anybody can repeat it.",
    )
    op.create_index(
        "ix_rating_calculation_rating_id", "rating_calculation", ["rating_id"], unique=False, schema="credit"
    )
    op.create_table(
        "rating_act",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="From 1; the act with the highest says where it stands."
        ),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="State after the act."),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Text(), nullable=False, comment="Subject of a token, or the fact that caused it."),
        sa.Column("calculation_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True, comment="Last day of publicity, or for deciding an objection."),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["calculation_id"],
            ["credit.rating_calculation.calculation_id"],
            name=op.f("fk_rating_act_calculation_id_rating_calculation"),
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["credit.annual_rating.rating_id"], name=op.f("fk_rating_act_rating_id_annual_rating")
        ),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_rating_act")),
        sa.UniqueConstraint("rating_id", "number", name=op.f("uq_rating_act_rating_id")),
        schema="credit",
    )
    op.add_column(
        "finding",
        sa.Column(
            "settlement_ref", sa.Uuid(), nullable=True, comment="Findings of one settlement are one case to a rating."
        ),
        schema="credit",
    )
    op.add_column(
        "institution",
        sa.Column(
            "agreement_from",
            sa.Date(),
            nullable=True,
            comment="Null where the registry has not said it since this is kept.",
        ),
        schema="credit",
    )
    op.add_column("institution", sa.Column("agreement_until", sa.Date(), nullable=True), schema="credit")
    for ledger in LEDGERS:
        op.execute(
            f"create trigger append_only before update or delete on credit.{ledger} "
            "for each row execute function credit.forbid_change()"
        )
        op.execute(
            f"create trigger append_only_whole before truncate on credit.{ledger} "
            "for each statement execute function credit.forbid_change()"
        )


def downgrade() -> None:
    op.drop_column("institution", "agreement_until", schema="credit")
    op.drop_column("institution", "agreement_from", schema="credit")
    op.drop_column("finding", "settlement_ref", schema="credit")
    op.drop_table("rating_act", schema="credit")
    op.drop_index("ix_rating_calculation_rating_id", table_name="rating_calculation", schema="credit")
    op.drop_table("rating_calculation", schema="credit")
    op.drop_table("rating_volume", schema="credit")
    op.drop_index(
        "uq_rating_repair_decided",
        table_name="rating_repair",
        schema="credit",
        postgresql_where=sa.text("act != 'applied'"),
    )
    op.drop_index("ix_rating_repair_institution_code", table_name="rating_repair", schema="credit")
    op.drop_table("rating_repair", schema="credit")
    op.drop_index("ix_rating_record_institution_code", table_name="rating_record", schema="credit")
    op.drop_table("rating_record", schema="credit")
    op.drop_index("ix_annual_rating_year", table_name="annual_rating", schema="credit")
    op.drop_table("annual_rating", schema="credit")

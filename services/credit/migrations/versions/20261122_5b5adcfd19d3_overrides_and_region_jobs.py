"""Overrides of scores and grades, and jobs over a whole region."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5b5adcfd19d3"
down_revision = "ea98980ea851"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating_override",
        sa.Column("override_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Text(), nullable=False, comment="Subject of the officer's token."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True, comment="What follows stands on the proposal only."),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("value_e2", sa.Integer(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("holds_from", sa.Date(), nullable=True),
        sa.Column("holds_until", sa.Date(), nullable=True, comment="Last day on which it holds; no job ends it."),
        sa.CheckConstraint(
            "act in ('proposed', 'approved', 'refused', 'revoked')", name=op.f("ck_rating_override_act")
        ),
        sa.PrimaryKeyConstraint("override_id", "act", name=op.f("pk_rating_override")),
        schema="credit",
    )
    op.create_index(
        "ix_rating_override_institution_code",
        "rating_override",
        ["institution_code", "override_id"],
        unique=False,
        schema="credit",
    )
    op.create_index(
        "uq_rating_override_decided",
        "rating_override",
        ["override_id"],
        unique=True,
        schema="credit",
        postgresql_where=sa.text("act IN ('approved', 'refused')"),
    )
    op.create_table(
        "region_job",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=True, comment="Version that is tried; on a back-test only."),
        sa.Column("asked_by", sa.Text(), nullable=False, comment="Subject of the officer's token."),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column(
            "total", sa.Integer(), nullable=False, comment="Institutions of the region when the job was asked for."
        ),
        sa.Column(
            "compared", sa.Integer(), nullable=False, comment="Institutions whose numbers the peers' phase has read."
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column(
            "after", sa.Text(), nullable=False, comment="Last institution of the running phase that is dealt with."
        ),
        sa.Column(
            "benchmarks",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Of every group of peers, from the end of the first phase on.",
        ),
        sa.Column("failures", sa.Integer(), nullable=False, comment="Failed tries of the chunk in hand."),
        sa.Column("error", sa.Text(), nullable=True, comment="Class of the last error."),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('preview', 'backtest')", name=op.f("ck_region_job_kind")),
        sa.CheckConstraint("phase in ('peers', 'institutions')", name=op.f("ck_region_job_phase")),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'finished', 'failed', 'cancelled')", name=op.f("ck_region_job_state")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_region_job")),
        schema="credit",
    )
    op.create_index(
        "ix_region_job_open",
        "region_job",
        ["asked_at"],
        unique=False,
        schema="credit",
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "region_job_number",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column(
            "numbers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Per policy: version, settlements, quantities.",
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["credit.region_job.job_id"], name=op.f("fk_region_job_number_job_id_region_job")
        ),
        sa.PrimaryKeyConstraint("job_id", "institution_code", name=op.f("pk_region_job_number")),
        schema="credit",
        comment="What the comparison of peers needs; gone when the benchmarks are known.",
    )
    op.create_table(
        "region_job_result",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["credit.region_job.job_id"], name=op.f("fk_region_job_result_job_id_region_job")
        ),
        sa.PrimaryKeyConstraint("job_id", "institution_code", name=op.f("pk_region_job_result")),
        schema="credit",
    )
    op.execute(
        "create trigger append_only before update or delete on credit.rating_override "
        "for each row execute function credit.forbid_change()"
    )
    op.execute(
        "create trigger append_only_whole before truncate on credit.rating_override "
        "for each statement execute function credit.forbid_change()"
    )


def downgrade() -> None:
    op.drop_table("region_job_result", schema="credit")
    op.drop_table("region_job_number", schema="credit")
    op.drop_index(
        "ix_region_job_open",
        table_name="region_job",
        schema="credit",
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.drop_table("region_job", schema="credit")
    op.drop_index(
        "uq_rating_override_decided",
        table_name="rating_override",
        schema="credit",
        postgresql_where=sa.text("act IN ('approved', 'refused')"),
    )
    op.drop_index("ix_rating_override_institution_code", table_name="rating_override", schema="credit")
    op.drop_table("rating_override", schema="credit")

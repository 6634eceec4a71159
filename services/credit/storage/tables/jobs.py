"""Jobs over a whole region: how far each has come, what it needs between chunks, and its results."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.credit.storage.tables.metadata import instant, metadata

region_job = sa.Table(
    "region_job",
    metadata,
    sa.Column("job_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("year", sa.SmallInteger, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("policy_version", sa.Text, comment="Version that is tried; on a back-test only."),
    sa.Column("asked_by", sa.Text, nullable=False, comment="Subject of the officer's token."),
    sa.Column("asked_at", instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("total", sa.Integer, nullable=False, comment="Institutions of the region when the job was asked for."),
    sa.Column("compared", sa.Integer, nullable=False, comment="Institutions whose numbers the peers' phase has read."),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("after", sa.Text, nullable=False, comment="Last institution of the running phase that is dealt with."),
    sa.Column("benchmarks", postgresql.JSONB, comment="Of every group of peers, from the end of the first phase on."),
    sa.Column("failures", sa.Integer, nullable=False, comment="Failed tries of the chunk in hand."),
    sa.Column("error", sa.Text, comment="Class of the last error."),
    sa.Column("touched_at", instant, nullable=False),
    sa.CheckConstraint("kind in ('preview', 'backtest')", name="kind"),
    sa.CheckConstraint("state in ('waiting', 'running', 'finished', 'failed', 'cancelled')", name="state"),
    sa.CheckConstraint("phase in ('peers', 'institutions')", name="phase"),
)
sa.Index("ix_region_job_open", region_job.c.asked_at, postgresql_where=region_job.c.state.in_(("waiting", "running")))

region_job_number = sa.Table(
    "region_job_number",
    metadata,
    sa.Column("job_id", sa.Uuid, sa.ForeignKey(region_job.c.job_id), nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("numbers", postgresql.JSONB, nullable=False, comment="Per policy: version, settlements, quantities."),
    sa.PrimaryKeyConstraint("job_id", "institution_code"),
    comment="What the comparison of peers needs; gone when the benchmarks are known.",
)

region_job_result = sa.Table(
    "region_job_result",
    metadata,
    sa.Column("job_id", sa.Uuid, sa.ForeignKey(region_job.c.job_id), nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("details", postgresql.JSONB, nullable=False),
    sa.PrimaryKeyConstraint("job_id", "institution_code"),
)

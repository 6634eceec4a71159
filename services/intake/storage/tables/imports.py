"""Tables of imports: jobs, the parts of their files, what could not be taken, and mappings that callers saved."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

_instant = sa.DateTime(timezone=True)


def _count(
    name: str, kind: type[sa.BigInteger | sa.Integer] = sa.BigInteger, comment: str | None = None
) -> sa.Column[int]:
    return sa.Column(name, kind, nullable=False, server_default="0", comment=comment)


import_job = sa.Table(
    "import_job",
    metadata,
    sa.Column("job_id", sa.Uuid, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False, comment="institution code, or the subject of an agency's token"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("only_institution", sa.Text, comment="the one whose data the caller may send"),
    sa.Column("institution_code", sa.Text, comment="of rows that name none"),
    sa.Column("source", sa.Text, nullable=False, comment="who says so, for the registry"),
    sa.Column("mapping", postgresql.JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("phase", sa.Text),
    _count("files", sa.Integer),
    _count("bytes"),
    _count("rows_read"),
    _count("rows_done"),
    sa.Column("reading_done", sa.Boolean, nullable=False, server_default=sa.false()),
    _count("items_done", comment="settlements or entries dealt with, for going on"),
    _count("created"),
    _count("same"),
    _count("rejected"),
    _count("doubtful"),
    _count("errors"),
    sa.Column("quarantine", sa.Boolean, comment="keep rejected rows; null: those of settlements"),
    _count("quarantined", comment="rejected entries that the quarantine keeps"),
    sa.Column("columns", postgresql.JSONB, comment="which columns were read, and which were not"),
    sa.Column("refusal", postgresql.JSONB, comment="code and texts, where the file as a whole was not taken"),
    sa.Column("cancel", sa.Boolean, nullable=False, server_default=sa.false()),
    _count("attempts", sa.Integer),
    sa.Column("lease", sa.Uuid),
    sa.Column("leased_until", _instant),
    sa.Column("created_at", _instant, nullable=False),
    sa.Column("started_at", _instant),
    sa.Column("finished_at", _instant),
    sa.Column("traceparent", sa.Text),
    sa.Index("ix_import_job_owner", "owner", "job_id"),
    sa.Index("ix_import_job_open", "created_at", postgresql_where=sa.text("finished_at is null")),
    sa.Index("ix_import_job_finished_at", "finished_at", postgresql_where=sa.text("finished_at is not null")),
)

import_part = sa.Table(
    "import_part",
    metadata,
    sa.Column("job_id", sa.Uuid, sa.ForeignKey(import_job.c.job_id, ondelete="CASCADE"), nullable=False),
    sa.Column("file", sa.Integer, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("sealed", postgresql.BYTEA, nullable=False, comment="encrypted: it names persons"),
    sa.PrimaryKeyConstraint("job_id", "file", "part"),
)

import_error = sa.Table(
    "import_error",
    metadata,
    sa.Column("job_id", sa.Uuid, sa.ForeignKey(import_job.c.job_id, ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("file", sa.Integer, nullable=False),
    sa.Column("sheet", sa.Text),
    sa.Column("row_number", sa.BigInteger, nullable=False),
    sa.Column("header", sa.Text),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, comment="the value; never that of a personal column"),
    sa.PrimaryKeyConstraint("job_id", "number"),
)

import_mapping = sa.Table(
    "import_mapping",
    metadata,
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mapping", postgresql.JSONB, nullable=False),
    sa.Column("changed_at", _instant, nullable=False),
    sa.PrimaryKeyConstraint("owner", "kind", "name"),
)

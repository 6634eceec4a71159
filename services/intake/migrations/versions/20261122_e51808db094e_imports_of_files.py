"""Imports of files: jobs, parts of their files, errors, saved mappings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e51808db094e"
down_revision = "4f99255ba238"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_job",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, comment="institution code, or the subject of an agency's token"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("only_institution", sa.Text(), nullable=True, comment="the one whose data the caller may send"),
        sa.Column("institution_code", sa.Text(), nullable=True, comment="of rows that name none"),
        sa.Column("source", sa.Text(), nullable=False, comment="who says so, for the registry"),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("files", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reading_done", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "items_done",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="settlements or entries dealt with, for going on",
        ),
        sa.Column("created", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("same", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("doubtful", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("errors", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "columns",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="which columns were read, and which were not",
        ),
        sa.Column(
            "refusal",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="code and texts, where the file as a whole was not taken",
        ),
        sa.Column("cancel", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_import_job")),
        schema="intake",
    )
    op.create_index(
        "ix_import_job_finished_at",
        "import_job",
        ["finished_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("finished_at is not null"),
    )
    op.create_index(
        "ix_import_job_open",
        "import_job",
        ["created_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("finished_at is null"),
    )
    op.create_index("ix_import_job_owner", "import_job", ["owner", "job_id"], unique=False, schema="intake")
    op.create_table(
        "import_mapping",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "kind", "name", name=op.f("pk_import_mapping")),
        schema="intake",
    )
    op.create_table(
        "import_error",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("header", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=True, comment="the value; never that of a personal column"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["intake.import_job.job_id"], name=op.f("fk_import_error_job_id_import_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_import_error")),
        schema="intake",
    )
    op.create_table(
        "import_part",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("file", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("sealed", postgresql.BYTEA(), nullable=False, comment="encrypted: it names persons"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["intake.import_job.job_id"], name=op.f("fk_import_part_job_id_import_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "file", "part", name=op.f("pk_import_part")),
        schema="intake",
    )
    # What is encrypted does not shrink, and trying costs more than storing it.
    op.execute("alter table intake.import_part alter column sealed set storage external")


def downgrade() -> None:
    op.drop_table("import_part", schema="intake")
    op.drop_table("import_error", schema="intake")
    op.drop_table("import_mapping", schema="intake")
    op.drop_index("ix_import_job_owner", table_name="import_job", schema="intake")
    op.drop_index(
        "ix_import_job_open", table_name="import_job", schema="intake", postgresql_where=sa.text("finished_at is null")
    )
    op.drop_index(
        "ix_import_job_finished_at",
        table_name="import_job",
        schema="intake",
        postgresql_where=sa.text("finished_at is not null"),
    )
    op.drop_table("import_job", schema="intake")

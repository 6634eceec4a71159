"""Tables of batches that callers named, so that a caller that lost the answer can ask what was taken."""

import sqlalchemy as sa

from services.intake.storage.tables.metadata import metadata

settlement_batch = sa.Table(
    "settlement_batch",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True, comment="institution code, or the subject of an agency's token"),
    sa.Column("batch_id", sa.Text, primary_key=True),
    sa.Column("next_line", sa.BigInteger, nullable=False, comment="first line that was not taken"),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("same", sa.BigInteger, nullable=False),
    sa.Column("conflict", sa.BigInteger, nullable=False),
    sa.Column("rejected", sa.BigInteger, nullable=False),
    sa.Column("finished", sa.Boolean, nullable=False, comment="the end of the body was reached"),
    sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, index=True),
)

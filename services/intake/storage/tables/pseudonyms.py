"""The key that pseudonyms are made with, sealed."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

pseudonym_key = sa.Table(
    "pseudonym_key",
    metadata,
    sa.Column("sealed_under", sa.Text, primary_key=True, comment="fingerprint of the secret that opens it"),
    sa.Column("sealed", postgresql.BYTEA, nullable=False, comment="the one key of pseudonyms, encrypted"),
    sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
    comment="One key, sealed once for each secret in use; two rows only while the secret is being changed.",
)

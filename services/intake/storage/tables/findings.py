"""Tables of what screening found in settlements, as its facts tell."""

import sqlalchemy as sa

from services.intake.storage.tables.metadata import metadata

# No foreign key: a fact may come before the settlement's own outcome.
settlement_finding = sa.Table(
    "settlement_finding",
    metadata,
    sa.Column("finding_id", sa.Uuid, primary_key=True),
    sa.Column("settlement_ref", sa.Uuid, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False, comment="raised, confirmed, dismissed, withdrawn or overturned"),
    sa.Column("amount_fen", sa.BigInteger, comment="at issue; once confirmed, upheld"),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
)

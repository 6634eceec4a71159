"""Tables of reversals."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

# What was taken back of a settlement; the settlement's own row is locked while one is added.
settlement_reversal = sa.Table(
    "settlement_reversal",
    metadata,
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("reversal_id", sa.Text, primary_key=True, comment="the institution's own id"),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="of the request, to tell a resend from a conflict"),
    sa.Column("whole", sa.Boolean, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("lines", sa.Text, nullable=False, comment="JSON list of [number, quantity_e4, amount_fen]"),
    sa.Column("remaining_fen", sa.BigInteger, nullable=False, comment="of the settlement, after this reversal"),
    sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
)

"""Proof of filing: commitments without any link to their tips, the published days, the signing keys.

What opens a commitment stands apart, sealed for the holder of the receipt.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.tips.storage.tables.handling import messages, tips
from services.tips.storage.tables.metadata import metadata

_BYTES = postgresql.BYTEA

filings = sa.Table(
    "filings",
    metadata,
    sa.Column("commitment", _BYTES, primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Index("ix_filings_day", "day"),
)
"""Rows are only ever added, and only to days that are not published: triggers of the migration refuse the rest."""

filing_days = sa.Table(
    "filing_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("tree_size", sa.Integer, nullable=False),
    sa.Column("root", _BYTES, nullable=False),
    sa.Column("previous", _BYTES, nullable=False),
    sa.Column("head", _BYTES, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("signature", _BYTES, nullable=False),
)
"""Rows are only ever added."""

filing_leaves = sa.Table(
    "filing_leaves",
    metadata,
    sa.Column("day", sa.Date, sa.ForeignKey(filing_days.c.day), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("commitment", _BYTES, nullable=False, unique=True),
)
"""The commitments of a published day in their order, and the random ones that hide how many there are."""

filing_keys = sa.Table(
    "filing_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("public_key", _BYTES, nullable=False),
    sa.Column("first_used_on", sa.Date, nullable=False),
)
"""Public keys that have signed; rows are only ever added."""

filing_additions = sa.Table(
    "filing_additions",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # The message it belongs to; null where files were added.
    sa.Column("message_id", sa.Uuid, sa.ForeignKey(messages.c.id), unique=True),
    # Statement and opening, sealed for the holder of the receipt like `sealed_tips.filing`; day and commitment too.
    sa.Column("filed", _BYTES, nullable=False),
)
"""What was signed for messages and files that a reporter added later."""

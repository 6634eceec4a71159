"""What protects a tip beside its text: keys that can be destroyed, files, openings of identities, erasures."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.tips.storage.tables.handling import tips
from services.tips.storage.tables.metadata import metadata

_INSTANT = sa.DateTime(timezone=True)
_BYTES = postgresql.BYTEA

tip_keys = sa.Table(
    "tip_keys",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    # Public half of the tip's own key pair; null for tips sealed before tips had one.
    sa.Column("public_key", _BYTES),
    # Which generation of the team's keys both columns below are wrapped under.
    sa.Column("generation", sa.Text, nullable=False),
    sa.Column("wrapped_private", _BYTES, nullable=False),
    sa.Column("wrapped_envelope", _BYTES),
    sa.Index("ix_tip_keys_generation", "generation"),
)
"""Everything sealed of a tip depends on its row here; to destroy the row is to destroy the tip (see docs/adr)."""

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    # A day, as everywhere where a reporter acts.
    sa.Column("added_on", sa.Date, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("metadata_state", sa.Text, nullable=False),
    sa.Column("scan_state", sa.Text, nullable=False),
    # The file's key, sealed for the tip; name, type and digest likewise.
    sa.Column("wrapped_key", _BYTES, nullable=False),
    sa.Column("description", _BYTES, nullable=False),
    sa.Column("fingerprint", _BYTES, nullable=False),
    sa.UniqueConstraint("tip_id", "number"),
    sa.UniqueConstraint("tip_id", "fingerprint", name="uq_attachments_fingerprint"),
)

identity_openings = sa.Table(
    "identity_openings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    # The officer's own words may name somebody, so they are sealed for the tip.
    sa.Column("reason", _BYTES),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("requested_at", _INSTANT, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    sa.Column("released_by", sa.Text),
    sa.Column("released_at", _INSTANT),
    sa.Index("ix_identity_openings_tip_id", "tip_id"),
    sa.CheckConstraint("decided_by is null or decided_by <> requested_by", name="two_officers"),
)

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("erased_on", sa.Date, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
)
"""Tips of which only the row for statistics and the log is left."""

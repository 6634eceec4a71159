"""Tables of a service that takes signed requests; its own migration creates them."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


class AccessTables(NamedTuple):
    """What a service keeps of those who sign."""

    interface_credential: sa.Table
    interface_nonce: sa.Table


def access_tables(metadata: sa.MetaData) -> AccessTables:
    """Declare credentials and used nonces in a service's metadata."""
    credential = sa.Table(
        "interface_credential",
        metadata,
        sa.Column("key_id", sa.Text, primary_key=True, comment="x-tif-paasid"),
        sa.Column("institution_code", sa.Text, nullable=False, index=True),
        sa.Column("sealed_secret", postgresql.BYTEA, nullable=False, comment="encrypted; the scheme needs the secret"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
    )
    nonce = sa.Table(
        "interface_nonce",
        metadata,
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.PrimaryKeyConstraint("key_id", "nonce"),
    )
    return AccessTables(credential, nonce)

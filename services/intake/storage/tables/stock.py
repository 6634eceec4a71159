"""Stock movements, each kept as it was reported; a deletion is a row of its own and takes none away."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

stock_movement = sa.Table(
    "stock_movement",
    metadata,
    sa.Column("movement_ref", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("movement_id", sa.Text, nullable=False),
    sa.Column("revision", sa.SmallInteger, nullable=False, comment="from 1; another one only after a deletion"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("item_code", sa.Text),
    sa.Column("batch_number", sa.Text),
    sa.Column("quantity_e4", sa.BigInteger, nullable=False),
    sa.Column("effect_e4", sa.BigInteger, comment="on the balance; null for a count and a deletion"),
    sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("settlement_id", sa.Text),
    sa.Column("refers_to", sa.Text),
    sa.Column("refers_revision", sa.SmallInteger),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="of the content, to tell a resend from a conflict"),
    sa.Column("traceparent", sa.Text),
    sa.Column("doubts", sa.Text, comment="JSON list of [pointer, code]"),
    sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact StockMoved as JSON"),
    sa.UniqueConstraint("institution_code", "movement_id", "revision"),
    sa.Index("ix_stock_movement_item", "institution_code", "item_code", "moved_at"),
    sa.Index(
        "ix_stock_movement_deletion",
        "institution_code",
        "refers_to",
        postgresql_where=sa.text("kind = 'delete'"),
    ),
    sa.Index(
        "ix_stock_movement_settlement",
        "institution_code",
        "settlement_id",
        postgresql_where=sa.text("settlement_id is not null"),
    ),
)

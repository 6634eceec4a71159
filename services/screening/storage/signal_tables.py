"""Tables of what is watched over months: signals, indicators, and the stock that institutions report."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.screening.storage.tables import metadata

_instant = sa.DateTime(timezone=True)

signal = sa.Table(
    "signal",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("month", sa.Date, nullable=False, comment="first day"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("rule_code", sa.Text),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, index=True),
    sa.Column("evidence", postgresql.JSONB, nullable=False),
    sa.Column("text_zh", sa.Text, nullable=False),
    sa.Column("text_en", sa.Text, nullable=False),
    sa.Column("raised_at", _instant, nullable=False),
    sa.UniqueConstraint("month", "kind", "subject", "text_en"),
)

indicator = sa.Table(
    "indicator",
    metadata,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("measure", sa.Text, primary_key=True),
    sa.Column("standing", postgresql.JSONB, nullable=False, comment="value, peers, low, median, high, score"),
)

item_month = sa.Table(
    "item_month",
    metadata,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("item_code", sa.Text, primary_key=True),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    comment="Amount of each drug and consumable, for the growth of later months.",
)

institution_month = sa.Table(
    "institution_month",
    metadata,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("measure", sa.Text, primary_key=True, comment="total, high_value_consumables or monitored_drugs"),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    comment="What institutions settled in a month, for their growth in later months.",
)

watched_month = sa.Table(
    "watched_month",
    metadata,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("claims", sa.BigInteger, nullable=False, comment="late ones make the month be watched again"),
    sa.Column("watched_at", _instant, nullable=False),
)

stock_movement = sa.Table(
    "stock_movement",
    metadata,
    sa.Column("movement_ref", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("item_code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("quantity_e4", sa.BigInteger, nullable=False),
    sa.Column("effect_e4", sa.BigInteger),
    sa.Column("moved_at", _instant, nullable=False),
    sa.Column("deletes", sa.Uuid, comment="the movement that this one takes back"),
)
sa.Index(
    "ix_stock_movement_item",
    stock_movement.c.institution_code,
    stock_movement.c.item_code,
    stock_movement.c.moved_at,
)

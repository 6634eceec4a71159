"""Settlement lists with every version that was filed; the highest version of a settlement's list stands."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

settlement_list = sa.Table(
    "settlement_list",
    metadata,
    sa.Column("list_ref", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="of the content, to tell a resend from a conflict"),
    sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("gap_count", sa.Integer, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact SettlementListFiled as JSON"),
    sa.UniqueConstraint("institution_code", "settlement_id", "version"),
)

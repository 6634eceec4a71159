"""Tables of settlements and of what became of them."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

# Rows are written once and, but for a reversal, never again: what is learnt later stands in settlement_outcome.
settlement = sa.Table(
    "settlement",
    metadata,
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="of the content, to tell a resend from a conflict"),
    sa.Column("insured_ref", sa.Text, nullable=False, comment="pseudonym"),
    sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("reversed_at", sa.DateTime(timezone=True)),
    sa.Column("total_fen", sa.BigInteger, nullable=False),
    sa.Column("remaining_fen", sa.BigInteger, comment="null until a part was taken back"),
    sa.Column("line_count", sa.Integer, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.Column("doubts", sa.Text, comment="JSON list of [pointer, code]"),
    sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact SettlementAccepted as JSON"),
    sa.UniqueConstraint("institution_code", "settlement_id"),
    # Days are compared with what institutions state; settlements come nearly in this order, and a B-tree of them all
    # would cost every one of them.
    sa.Index(
        "ix_settlement_settled_at",
        "settled_at",
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": 32},
    ),
)

# No foreign key: the fact comes only after its settlement was committed, and the check would cost a read per row.
settlement_outcome = sa.Table(
    "settlement_outcome",
    metadata,
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("finding_count", sa.Integer, nullable=False),
    sa.Column("amount_at_issue_fen", sa.BigInteger, nullable=False),
    sa.Column("rulebook_version", sa.Text, nullable=False),
    sa.Column("screened_at", sa.DateTime(timezone=True), nullable=False),
)

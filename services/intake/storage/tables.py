"""Tables of the intake schema."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.kit.db import service_metadata, spine_tables

metadata = service_metadata("intake")

institution = sa.Table(
    "institution",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("agreement_from", sa.Date, nullable=False),
    sa.Column("agreement_until", sa.Date),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
)

practitioner = sa.Table(
    "practitioner",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False, comment="personal data; stays in this schema"),
    sa.Column("institution_codes", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
)

# No foreign key to practitioner: credit may judge a person whom the registry does not know yet.
practitioner_measure = sa.Table(
    "practitioner_measure",
    metadata,
    sa.Column("measure_id", sa.Uuid, primary_key=True),
    sa.Column("practitioner_code", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("effective_until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_from", sa.DateTime(timezone=True)),
)

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
    sa.Column("line_count", sa.Integer, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.Column("doubts", sa.Text, comment="JSON list of [pointer, code]"),
    sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact SettlementAccepted as JSON"),
    sa.UniqueConstraint("institution_code", "settlement_id"),
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

outbox, inbox, dead_letter = spine_tables(metadata)

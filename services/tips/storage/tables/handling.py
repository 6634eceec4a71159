"""Tips, their conversation, their handling and rewards; words of people stand only in sealed columns."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.tips.storage.tables.metadata import metadata

_INSTANT = sa.DateTime(timezone=True)
_BYTES = postgresql.BYTEA

tips = sa.Table(
    "tips",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # A day, not an instant: nothing here tells when a reporter was online.
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("named", sa.Boolean, nullable=False),
    sa.Column("reported_institution_code", sa.Text),
    sa.Column("institution_code", sa.Text),
    sa.Column("accepted_at", _INSTANT),
    sa.Column("accepted_by", sa.Text),
    sa.Column("due_on", sa.Date),
    sa.Column("extended_at", _INSTANT),
    sa.Column("extended_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    sa.Column("decided_by", sa.Text),
    sa.Column("refusal_reason", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("withdrawn_on", sa.Date),
    sa.Column("closed_at", _INSTANT),
    sa.Column("closed_by", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("channel", sa.Text, nullable=False, server_default="online"),
    # Place of the act (行为发生地), six digits: whose desk the tip is on. Null: only the unified reception sees it.
    sa.Column("region", sa.Text),
    sa.Column("desk", sa.Text),
    sa.Column("against_agency", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("merged_into", sa.Uuid, sa.ForeignKey("tips.tips.id")),
    sa.Column("extension_asked_at", _INSTANT),
    sa.Column("extension_asked_by", sa.Text),
    sa.Column("told_on", sa.Date),
    sa.Index("ix_tips_merged_into", "merged_into", postgresql_where=sa.text("merged_into is not null")),
    sa.Index("ix_tips_institution_code", "institution_code"),
    sa.Index("ix_tips_reported_institution_code", "reported_institution_code"),
    sa.Index("ix_tips_queue", "status", "id"),
    sa.Index("ix_tips_due_on", "due_on", postgresql_where=sa.text("status = 'accepted'")),
)

sealed_tips = sa.Table(
    "sealed_tips",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("receipt_lookup", _BYTES, nullable=False, unique=True),
    sa.Column("reporter_public_key", _BYTES, nullable=False),
    sa.Column("content", _BYTES, nullable=False),
    sa.Column("identity", _BYTES),
    # Which officer's key opens the identity.
    sa.Column("identity_key_id", sa.Text),
    # The statement of filing and what opens it, for the holder of the receipt.
    sa.Column("filing", _BYTES),
    sa.Column("fingerprint", _BYTES, nullable=False),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("handler", sa.Text),
    sa.Column("posted_on", sa.Date, nullable=False),
    sa.Column("for_team", _BYTES, nullable=False),
    sa.Column("for_reporter", _BYTES, nullable=False),
    sa.Column("fingerprint", _BYTES, nullable=False),
    sa.UniqueConstraint("tip_id", "number"),
)

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    # Kept apart from the row's existence: a finding may fall before its confirmation arrives.
    sa.Column("fallen", sa.Boolean, nullable=False),
)

case_value_entries = sa.Table(
    "case_value_entries",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("finding_id", sa.Uuid),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("entered_at", _INSTANT, nullable=False),
    sa.UniqueConstraint("tip_id", "finding_id", "cause"),
    sa.Index("ix_case_value_entries_finding_id", "finding_id"),
)

rewards = sa.Table(
    "rewards",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("insider", sa.Boolean, nullable=False),
    sa.Column("case_value_fen", sa.BigInteger, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", _INSTANT, nullable=False),
    sa.Column("matter_id", sa.Uuid, sa.ForeignKey(tips.c.id), nullable=False),
    sa.Column("place", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("share_part", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("share_of", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("of_person", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("exclusion", sa.Text),
    sa.Column("approvers", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("claim_until", sa.Date),
    sa.Column("extended_by", sa.Text),
    sa.Column("claimed_on", sa.Date),
    sa.Column("token_nonce", _BYTES),
    sa.Column("token_hash", _BYTES, unique=True),
    sa.Column("token_until", sa.Date),
    sa.Column("prepared_by", sa.Text),
    sa.Column("paid_fen", sa.BigInteger),
    sa.Column("paid_at", _INSTANT),
    sa.Column("paid_by", sa.Text),
    sa.Column("payout_reference", sa.Text),
    sa.Column("over_paid_fen", sa.BigInteger, nullable=False),
    sa.CheckConstraint("amount_fen >= 0 and over_paid_fen >= 0", name="amounts"),
    sa.CheckConstraint("paid_by is null or prepared_by is null or paid_by <> prepared_by", name="two_payers"),
    sa.Index("ix_rewards_matter_id", "matter_id", "place"),
)

handling_log = sa.Table(
    "handling_log",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tip_id", sa.Uuid, nullable=False),
    sa.Column("at", _INSTANT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("details", postgresql.JSONB, nullable=False),
    sa.Column("previous", _BYTES, nullable=False),
    sa.Column("seal", _BYTES, nullable=False),
    sa.Index("ix_handling_log_tip_id", "tip_id", "position"),
)
"""Rows are only ever added: a trigger, made by the first migration, refuses everything else."""

"""The quarantine: what was refused and must not be lost, and everything that was done about it."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

_instant = sa.DateTime(timezone=True)

quarantine_entry = sa.Table(
    "quarantine_entry",
    metadata,
    sa.Column("entry_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, comment="null where the sender could not be told"),
    sa.Column("region", sa.Text, comment="of the institution, as registered when it came"),
    sa.Column("kind", sa.Text, nullable=False, comment="what the body is: settlement, reversal, …"),
    sa.Column("source", sa.Text, nullable=False, comment="batch, import, fsi, single or visit"),
    sa.Column("reference", sa.Text, nullable=False, comment="batch and line, infno and msgid, or the visit"),
    sa.Column("subject", sa.Text, comment="id of the settlement or visit that it would become, or a registry code"),
    sa.Column("own_id", sa.Text, comment="of a reversal: its own id within the settlement"),
    sa.Column(
        "waits", sa.Boolean, nullable=False, server_default=sa.false(), comment="released when its settlement is here"
    ),
    sa.Column("code", sa.Text, nullable=False, comment="why it was refused"),
    sa.Column("problems", postgresql.JSONB, nullable=False, comment="list of [pointer, code]; never a value"),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="of the body, so that the same is kept once"),
    sa.Column("size", sa.Integer, nullable=False, comment="bytes of the body as it came"),
    sa.Column("sealed", postgresql.BYTEA, comment="the body as it came, encrypted; null once its time is over"),
    sa.Column("sealed_correction", postgresql.BYTEA, comment="the body as it was last corrected, encrypted"),
    sa.Column("corrections", sa.Integer, nullable=False, server_default="0"),
    sa.Column("times_seen", sa.Integer, nullable=False, server_default="1"),
    sa.Column("state", sa.Text, nullable=False, comment="open, releasing, released, dismissed, superseded or expired"),
    sa.Column("received_at", _instant, nullable=False),
    sa.Column("received_from", sa.Text, nullable=False, comment="subject of the caller's token"),
    sa.Column("changed_at", _instant, nullable=False),
    sa.Column("result", postgresql.JSONB, comment="what the release came to"),
    sa.Column("traceparent", sa.Text),
    sa.Index("ix_quarantine_entry_institution", "institution_code", "state", "entry_id"),
    sa.Index(
        "uq_quarantine_entry_open",
        sa.text("coalesce(institution_code, '')"),
        "kind",
        "digest",
        unique=True,
        postgresql_where=sa.text("state in ('open', 'releasing')"),
    ),
    sa.Index("ix_quarantine_entry_waiting", "received_at", postgresql_where=sa.text("state in ('open', 'releasing')")),
    sa.Index("ix_quarantine_entry_waits", "entry_id", postgresql_where=sa.text("waits and state = 'open'")),
    comment="What could not be accepted; bodies are encrypted, for they name persons.",
)

# Rows are only added: who looked at a body, what was corrected, released or dismissed, and why.
quarantine_action = sa.Table(
    "quarantine_action",
    metadata,
    sa.Column("action_id", sa.Uuid, primary_key=True),
    sa.Column("entry_id", sa.Uuid, nullable=False, index=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False, comment="subject of the token"),
    sa.Column("at", _instant, nullable=False),
    sa.Column("why", sa.Text),
    sa.Column("code", sa.Text, comment="what a release came to"),
    sa.Column("sealed", postgresql.BYTEA, comment="of a correction: the body it made, encrypted"),
)

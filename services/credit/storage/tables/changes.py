"""The feed of what credit states, and who wants to be told of it.

A trigger on the outbox puts every fact into the feed in the transaction that states it, so that no use case can forget
it. Its position is given later, when it is committed: positions therefore follow commits and have no gaps, which
numbers drawn inside a transaction cannot promise.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.credit.storage.tables.metadata import codes, instant, metadata

change = sa.Table(
    "change",
    metadata,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False, comment="That of the outbox, in the order of stating."),
    sa.Column("position", sa.BigInteger, unique=True, comment="Place in the feed; null until it is placed."),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("time", instant, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.Column("payload", postgresql.BYTEA, nullable=False),
    sa.Column("institution_codes", codes, comment="Institutions it concerned when it was placed."),
    sa.Column("regions", codes, comment="Regions of those institutions."),
)
sa.Index("ix_change_waiting", change.c.sequence, postgresql_where=change.c.position.is_(None))

change_counter = sa.Table(
    "change_counter",
    metadata,
    sa.Column("one", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False, comment="Position given last; the row is the lock of placing."),
    sa.CheckConstraint("one = 1", name="one"),
)

webhook = sa.Table(
    "webhook",
    metadata,
    sa.Column("webhook_id", sa.Uuid, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("kinds", codes, nullable=False, comment="Types of facts; none: all."),
    sa.Column("region", sa.Text, nullable=False, comment="Prefix of the region asked for; empty: all."),
    sa.Column("institution_code", sa.Text, comment="The one institution its creator speaks for."),
    sa.Column("bound_region", sa.Text, comment="The region its creator is bound to."),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_reason", sa.Text),
    sa.Column("state_at", instant, nullable=False),
    sa.Column("secret", postgresql.BYTEA, nullable=False, comment="Sealed."),
    sa.Column("secret_before", postgresql.BYTEA, comment="Sealed; signs beside the new one for a while."),
    sa.Column("secret_before_until", instant),
    sa.Column("position", sa.BigInteger, nullable=False, comment="Everything up to here is delivered or not wanted."),
    sa.Column("failures", sa.Integer, nullable=False, comment="Attempts in a row that failed."),
    sa.Column("failing_since", instant),
    sa.Column("next_attempt_at", instant, nullable=False),
    sa.Column("lease", sa.Uuid, comment="The worker that delivers at present."),
    sa.Column("leased_until", instant, comment="By the database's clock."),
    sa.Column("created_at", instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False, comment="Subject of a token."),
    sa.CheckConstraint("state in ('active', 'paused', 'ended')", name="state"),
    sa.CheckConstraint("(secret_before is null) = (secret_before_until is null)", name="secret_before"),
    sa.CheckConstraint("(failures = 0) = (failing_since is null)", name="failing"),
)
sa.Index("ix_webhook_due", webhook.c.next_attempt_at, postgresql_where=webhook.c.state == "active")

webhook_attempt = sa.Table(
    "webhook_attempt",
    metadata,
    sa.Column("attempt_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("webhook_id", sa.Uuid, sa.ForeignKey(webhook.c.webhook_id, ondelete="CASCADE"), nullable=False),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False, comment="From 1, of this event."),
    sa.Column("attempted_at", instant, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("status", sa.SmallInteger, comment="HTTP status; null without an answer."),
    sa.Column("duration_ms", sa.Integer, nullable=False),
)
sa.Index("ix_webhook_attempt_webhook_id", webhook_attempt.c.webhook_id, webhook_attempt.c.attempt_id)
sa.Index("ix_webhook_attempt_attempted_at", webhook_attempt.c.attempted_at)

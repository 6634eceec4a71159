"""The feed of changes, and webhooks that are told of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "ea98980ea851"
down_revision = "29664055720d"
branch_labels = None
depends_on = None

FEED_FACTS = """
create function credit.feed_facts() returns trigger language plpgsql as $$
begin
    insert into credit.change (event_id, sequence, type, time, traceparent, payload)
    select event_id, sequence, type, time, traceparent, payload from added;
    return null;
end
$$
"""

TRIGGER = """
create trigger feed_facts after insert on credit.outbox
referencing new table as added for each statement execute function credit.feed_facts()
"""

# What the relay has not published yet is known; what it published before is not, so the feed begins here.
TAKE_OVER = """
insert into credit.change (event_id, sequence, type, time, traceparent, payload)
select event_id, sequence, type, time, traceparent, payload from credit.outbox
"""


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False, comment="That of the outbox, in the order of stating."),
        sa.Column("position", sa.BigInteger(), nullable=True, comment="Place in the feed; null until it is placed."),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.BYTEA(), nullable=False),
        sa.Column(
            "institution_codes",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="Institutions it concerned when it was placed.",
        ),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=True, comment="Regions of those institutions."),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_change")),
        sa.UniqueConstraint("position", name=op.f("uq_change_position")),
        schema="credit",
    )
    op.create_index(
        "ix_change_waiting",
        "change",
        ["sequence"],
        unique=False,
        schema="credit",
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "change_counter",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "last", sa.BigInteger(), nullable=False, comment="Position given last; the row is the lock of placing."
        ),
        sa.CheckConstraint("one = 1", name=op.f("ck_change_counter_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_change_counter")),
        schema="credit",
    )
    op.create_table(
        "webhook",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False, comment="Types of facts; none: all."),
        sa.Column("region", sa.Text(), nullable=False, comment="Prefix of the region asked for; empty: all."),
        sa.Column("institution_code", sa.Text(), nullable=True, comment="The one institution its creator speaks for."),
        sa.Column("bound_region", sa.Text(), nullable=True, comment="The region its creator is bound to."),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret", postgresql.BYTEA(), nullable=False, comment="Sealed."),
        sa.Column(
            "secret_before", postgresql.BYTEA(), nullable=True, comment="Sealed; signs beside the new one for a while."
        ),
        sa.Column("secret_before_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="Everything up to here is delivered or not wanted."
        ),
        sa.Column("failures", sa.Integer(), nullable=False, comment="Attempts in a row that failed."),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True, comment="The worker that delivers at present."),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True, comment="By the database's clock."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False, comment="Subject of a token."),
        sa.CheckConstraint("state in ('active', 'paused', 'ended')", name=op.f("ck_webhook_state")),
        sa.CheckConstraint("(failures = 0) = (failing_since is null)", name=op.f("ck_webhook_failing")),
        sa.CheckConstraint(
            "(secret_before is null) = (secret_before_until is null)", name=op.f("ck_webhook_secret_before")
        ),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook")),
        schema="credit",
    )
    op.create_index(
        "ix_webhook_due",
        "webhook",
        ["next_attempt_at"],
        unique=False,
        schema="credit",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("attempt_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="From 1, of this event."),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True, comment="HTTP status; null without an answer."),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["credit.webhook.webhook_id"],
            name=op.f("fk_webhook_attempt_webhook_id_webhook"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_webhook_attempt")),
        schema="credit",
    )
    op.create_index(
        "ix_webhook_attempt_attempted_at", "webhook_attempt", ["attempted_at"], unique=False, schema="credit"
    )
    op.create_index(
        "ix_webhook_attempt_webhook_id", "webhook_attempt", ["webhook_id", "attempt_id"], unique=False, schema="credit"
    )
    op.execute(FEED_FACTS)
    op.execute(TRIGGER)
    op.execute(TAKE_OVER)
    op.execute("insert into credit.change_counter (one, last) values (1, 0)")


def downgrade() -> None:
    op.execute("drop trigger feed_facts on credit.outbox")
    op.execute("drop function credit.feed_facts")
    op.drop_index("ix_webhook_attempt_webhook_id", table_name="webhook_attempt", schema="credit")
    op.drop_index("ix_webhook_attempt_attempted_at", table_name="webhook_attempt", schema="credit")
    op.drop_table("webhook_attempt", schema="credit")
    op.drop_index("ix_webhook_due", table_name="webhook", schema="credit", postgresql_where=sa.text("state = 'active'"))
    op.drop_table("webhook", schema="credit")
    op.drop_table("change_counter", schema="credit")
    op.drop_index(
        "ix_change_waiting", table_name="change", schema="credit", postgresql_where=sa.text("position IS NULL")
    )
    op.drop_table("change", schema="credit")

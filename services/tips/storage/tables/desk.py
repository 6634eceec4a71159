"""Tables of the desk: whose tip it is, by when, what was passed on or disputed, and what is known of institutions."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.tips.storage.tables.handling import tips
from services.tips.storage.tables.metadata import metadata

_INSTANT = sa.DateTime(timezone=True)

deadlines = sa.Table(
    "deadlines",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("met_on", sa.Date),
    sa.Column("reminded_on", sa.Date),
    sa.Column("escalated_on", sa.Date),
    sa.Column("taken_note_by", sa.Text),
    sa.Index("ix_deadlines_open", "due_on", postgresql_where=sa.text("met_on is null")),
)

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("from_region", sa.Text),
    sa.Column("to_region", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moved_at", _INSTANT, nullable=False),
    sa.Column("moved_by", sa.Text, nullable=False),
)

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True),
    # A day: a reporter raises it.
    sa.Column("raised_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("decided_against", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text),
    sa.Column("settled_at", _INSTANT),
    sa.Column("settled_by", sa.Text),
)

desks = sa.Table(
    "desks",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("region", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
)

desk_members = sa.Table(
    "desk_members",
    metadata,
    sa.Column("desk", sa.Text, sa.ForeignKey(desks.c.code), primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Index("ix_desk_members_subject", "subject"),
)

interests = sa.Table(
    "interests",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("declared_by", sa.Text, nullable=False),
    sa.Column("declared_at", _INSTANT, nullable=False),
)
"""Whoever has an interest in an institution is recused (回避) from every tip about it."""

recusals = sa.Table(
    "recusals",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("stated_by", sa.Text, nullable=False),
    sa.Column("stated_at", _INSTANT, nullable=False),
)

institutions = sa.Table(
    "institutions",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("changed_at", _INSTANT, nullable=False),
    sa.Index("ix_institutions_region", "region"),
)

institution_findings = sa.Table(
    "institution_findings",
    metadata,
    sa.Column("finding_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("settlement_ref", sa.Uuid, nullable=False),
    sa.Column("rule_code", sa.Text),
    sa.Column("raised_on", sa.Date),
    sa.Column("at_issue_fen", sa.BigInteger, nullable=False),
    sa.Column("upheld_fen", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Index("ix_institution_findings_institution_code", "institution_code", "raised_on"),
)
"""Findings of every institution, tipped or not: following only the tipped ones would tell whom somebody reported."""

desk_sessions = sa.Table(
    "desk_sessions",
    metadata,
    sa.Column("digest", postgresql.BYTEA, primary_key=True),
    sa.Column("claims", postgresql.JSONB, nullable=False),
    sa.Column("ends_at", _INSTANT, nullable=False),
    sa.Column("idle_after", _INSTANT, nullable=False),
)

receipt_guard = sa.Table(
    "receipt_guard",
    metadata,
    sa.Column("one", sa.SmallInteger, primary_key=True),
    sa.Column("tokens", sa.Double, nullable=False),
    sa.Column("counted_at", _INSTANT, nullable=False),
    sa.Column("next_turn_at", _INSTANT, nullable=False),
    sa.CheckConstraint("one = 1", name="only_one"),
)
"""One row for all processes: how many wrong receipts are still free, and whose turn is next once none are."""

"""Tables of pre-checks: what was asked, which reminders were given, and what the doctor did with each."""

import sqlalchemy as sa

from services.screening.storage.tables import metadata

__all__ = ["metadata"]

_instant = sa.DateTime(timezone=True)

precheck = sa.Table(
    "precheck",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("scene", sa.Text, comment="trig_scen of the national interface"),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reminders", sa.Integer, nullable=False),
    sa.Column("rules_not_judged", sa.Integer, nullable=False),
    sa.Column("rulebook_version", sa.Text, nullable=False),
    sa.Column("asked_at", _instant, nullable=False),
    sa.Column("microseconds", sa.Integer, nullable=False),
    comment="Pre-checks, written a moment after they were answered; nothing of the claim itself is kept.",
)
sa.Index("ix_precheck_asked_at", precheck.c.asked_at, precheck.c.institution_code)

reminder = sa.Table(
    "reminder",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="jr_id: the same for the same reminder about the same visit"),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("practitioner_code", sa.Text, comment="who ordered the lines, where it was sent"),
    sa.Column("rule_code", sa.Text, nullable=False),
    sa.Column("knowledge_point", sa.Text),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("rulebook_version", sa.Text, nullable=False),
    sa.Column("reminded_at", _instant, nullable=False, comment="the first time"),
)
sa.Index("ix_reminder_institution", reminder.c.institution_code, reminder.c.reminded_at)
sa.Index("ix_reminder_reminded_at", reminder.c.reminded_at)

reminder_answer = sa.Table(
    "reminder_answer",
    metadata,
    sa.Column("reminder_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, primary_key=True, comment="who answered; counts for its own reminders only"),
    sa.Column("disposition", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("answered_at", _instant, nullable=False),
    sa.CheckConstraint("disposition in ('continued', 'revised')", name="disposition"),
    comment="What the doctor did with a reminder; it may come before the reminder itself is written.",
)
sa.Index("ix_reminder_answer_answered_at", reminder_answer.c.answered_at)

precheck_day = sa.Table(
    "precheck_day",
    metadata,
    sa.Column("business_day", sa.Date, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("prechecks", sa.BigInteger, nullable=False),
    sa.Column("reminders", sa.BigInteger, nullable=False),
    sa.Column("rules_not_judged", sa.BigInteger, nullable=False),
    sa.Column("microseconds", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("business_day", "institution_code", "phase", "verdict"),
    comment="What is left of pre-checks that are no longer kept one by one.",
)

reminder_day = sa.Table(
    "reminder_day",
    metadata,
    sa.Column("business_day", sa.Date, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("practitioner_code", sa.Text),
    sa.Column("rule_code", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("reminders", sa.BigInteger, nullable=False),
    sa.Column("answered", sa.BigInteger, nullable=False),
    sa.Column("revised", sa.BigInteger, nullable=False),
    sa.Column("continued_without_reason", sa.BigInteger, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.UniqueConstraint(
        "business_day",
        "institution_code",
        "practitioner_code",
        "rule_code",
        "phase",
        name="uq_reminder_day_group",
        postgresql_nulls_not_distinct=True,
    ),
    comment="What is left of reminders and their answers that are no longer kept one by one.",
)

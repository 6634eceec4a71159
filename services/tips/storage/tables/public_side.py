"""Tables of what goes out: payouts to reporters, published statistics and cases, and the social supervisors."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.tips.storage.tables.handling import tips
from services.tips.storage.tables.metadata import metadata

_INSTANT = sa.DateTime(timezone=True)
_BYTES = postgresql.BYTEA

payouts = sa.Table(
    "payouts",
    metadata,
    # Random, and not the tip's: the payout office is shown this number only.
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), nullable=False, unique=True),
    # Payee and token, sealed for the payout office and around that for the tip; null once paid.
    sa.Column("payee", _BYTES),
    sa.Column("payee_key_id", sa.Text),
    sa.Column("opened_by", sa.Text),
    sa.Column("opened_at", _INSTANT),
)

statistics_publications = sa.Table(
    "statistics_publications",
    metadata,
    sa.Column("first_day", sa.Date, primary_key=True),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("published_at", _INSTANT, nullable=False),
    sa.Column("document", postgresql.JSONB, nullable=False),
    postgresql.ExcludeConstraint(
        (sa.literal_column("daterange(first_day, last_day, '[]')"), "&&"), name="ex_statistics_publications_overlap"
    ),
)
"""Rows are only ever added, and no two overlap: triggers of the migration refuse the rest."""

typical_cases = sa.Table(
    "typical_cases",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("title_en", sa.Text),
    sa.Column("body_en", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("prepared_by", sa.Text, nullable=False),
    sa.Column("prepared_at", _INSTANT, nullable=False),
    # Codes of the warnings that the approver has looked at.
    sa.Column("confirmed", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("published_on", sa.Date),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("withdrawn_on", sa.Date),
    sa.CheckConstraint("approved_by is null or approved_by <> prepared_by", name="two_persons"),
    sa.Index("ix_typical_cases_published_on", "published_on", postgresql_where=sa.text("state = 'published'")),
)

supervisors = sa.Table(
    "supervisors",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("certificate", sa.Text, nullable=False, unique=True),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("term_from", sa.Date, nullable=False),
    sa.Column("term_until", sa.Date, nullable=False),
    sa.Column("appointed_by", sa.Text, nullable=False),
    sa.Column("appointed_at", _INSTANT, nullable=False),
    sa.Column("ended_on", sa.Date),
    sa.Column("ended_by", sa.Text),
    sa.CheckConstraint("term_from <= term_until", name="term"),
    sa.CheckConstraint("appointed_by <> subject", name="not_oneself"),
    sa.Index("ix_supervisors_subject", "subject", "term_from"),
)

supervisor_reports = sa.Table(
    "supervisor_reports",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(tips.c.id), primary_key=True),
    sa.Column("supervisor_id", sa.Uuid, sa.ForeignKey(supervisors.c.id), nullable=False),
    sa.Index("ix_supervisor_reports_supervisor_id", "supervisor_id"),
)

supervisor_checks = sa.Table(
    "supervisor_checks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("supervisor_id", sa.Uuid, sa.ForeignKey(supervisors.c.id), nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("period_first", sa.Text, nullable=False),
    sa.Column("period_last", sa.Text, nullable=False),
    # Words of the desk, which say nothing of any tip.
    sa.Column("questions", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("assigned_by", sa.Text, nullable=False),
    sa.Column("assigned_at", _INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("answers", postgresql.ARRAY(sa.Text), nullable=False),
    # A day, as wherever somebody reports; the tip that came of a check is not named.
    sa.Column("answered_on", sa.Date),
    sa.Column("reminded_on", sa.Date),
    sa.Column("overdue_on", sa.Date),
    sa.Column("cancelled_by", sa.Text),
    sa.Column("cancelled_on", sa.Date),
    sa.CheckConstraint("period_first <= period_last", name="period"),
    sa.Index("ix_supervisor_checks_supervisor_id", "supervisor_id"),
    sa.Index("ix_supervisor_checks_open", "due_on", postgresql_where=sa.text("state = 'assigned'")),
)

"""Table of back-tests: a rulebook tried on a period of past claims, with how far it has come."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.screening.storage.tables import metadata

__all__ = ["backtest", "metadata"]

_instant = sa.DateTime(timezone=True)

backtest = sa.Table(
    "backtest",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Text, nullable=False, comment="the rulebook that is tried"),
    sa.Column("against", sa.Text, nullable=False, comment="the rulebook it is compared with"),
    sa.Column("period_from", _instant, nullable=False),
    sa.Column("period_until", _instant, nullable=False, comment="first instant after the period"),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("requested_at", _instant, nullable=False),
    sa.Column("finished_at", _instant),
    sa.Column("claims_in_period", sa.BigInteger, comment="counted when the work begins"),
    sa.Column("done_until", _instant, comment="everything settled up to here is in the tally"),
    sa.Column("tally", postgresql.JSONB(none_as_null=True)),
    sa.Column("leased_until", _instant, comment="a worker is at it; after this another may take it"),
    sa.Column("problem", sa.Text, comment="name of the error that ended it"),
    sa.CheckConstraint("status in ('waiting', 'running', 'done', 'stopped', 'failed')", name="status"),
    sa.CheckConstraint("purpose in ('backtest', 'blast_radius')", name="purpose"),
    sa.CheckConstraint("period_from < period_until", name="period"),
)
sa.Index("ix_backtest_version", backtest.c.version, backtest.c.requested_at)

"""Overrides of scores and grades: one row per act, the proposal first; rows are only added."""

import sqlalchemy as sa

from services.credit.storage.tables.metadata import instant, metadata

rating_override = sa.Table(
    "rating_override",
    metadata,
    sa.Column("override_id", sa.Uuid, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("acted_at", instant, nullable=False),
    sa.Column("acted_by", sa.Text, nullable=False, comment="Subject of the officer's token."),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("document_number", sa.Text, nullable=False),
    sa.Column("target", sa.Text, comment="What follows stands on the proposal only."),
    sa.Column("year", sa.SmallInteger),
    sa.Column("kind", sa.Text),
    sa.Column("value_e2", sa.Integer),
    sa.Column("grade", sa.Text),
    sa.Column("holds_from", sa.Date),
    sa.Column("holds_until", sa.Date, comment="Last day on which it holds; no job ends it."),
    sa.CheckConstraint("act in ('proposed', 'approved', 'refused', 'revoked')", name="act"),
    sa.PrimaryKeyConstraint("override_id", "act"),
)
sa.Index("ix_rating_override_institution_code", rating_override.c.institution_code, rating_override.c.override_id)
# One override is decided once, one way or the other.
sa.Index(
    "uq_rating_override_decided",
    rating_override.c.override_id,
    unique=True,
    postgresql_where=rating_override.c.act.in_(("approved", "refused")),
)

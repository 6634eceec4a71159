"""Institutions and persons as the registry states them."""

import sqlalchemy as sa

from services.credit.storage.tables.metadata import codes, instant, metadata

institution = sa.Table(
    "institution",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("stated_at", instant, nullable=False, comment="Instant of the newest registry fact applied."),
    sa.Column("agreement_from", sa.Date, comment="Null where the registry has not said it since this is kept."),
    sa.Column("agreement_until", sa.Date),
)

practitioner = sa.Table(
    "practitioner",
    metadata,
    sa.Column("practitioner_code", sa.Text, primary_key=True),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("institution_codes", codes, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("stated_at", instant, nullable=False, comment="Instant of the newest registry fact applied."),
)
sa.Index("ix_practitioner_institution_codes", practitioner.c.institution_codes, postgresql_using="gin")

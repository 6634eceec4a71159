"""Tables of the registry: statements, the periods that follow from them, and measures against practitioners."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata

_instant = sa.DateTime(timezone=True)

registry_statement = sa.Table(
    "registry_statement",
    metadata,
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, comment="institution, department, practitioner or insured_person"),
    sa.Column("object_code", sa.Text, nullable=False, comment="a code, or the pseudonym of an insured person"),
    sa.Column("source", sa.Text, nullable=False, comment="who says so"),
    sa.Column("stated_at", _instant, nullable=False),
    sa.Column("effective_from", sa.Date, nullable=False),
    sa.Column("effective_until", sa.Date, comment="last day; null when no end is known"),
    sa.Column("fields", postgresql.JSONB, nullable=False, comment="what is said; names of practitioners stay here"),
    sa.Column("recorded_at", _instant, nullable=False),
    sa.Index("ix_registry_statement_object", "kind", "object_code"),
    comment="What sources said about objects of the registry; rows are only added.",
)

registry_period = sa.Table(
    "registry_period",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("object_code", sa.Text, primary_key=True),
    sa.Column("effective_from", sa.Date, primary_key=True),
    sa.Column("effective_until", sa.Date),
    sa.Column("fields", postgresql.JSONB, nullable=False),
    sa.Column("sources", postgresql.JSONB, nullable=False, comment="source of each field"),
    sa.Index(
        "ix_registry_period_practitioner",
        "fields",
        postgresql_using="gin",
        postgresql_ops={"fields": "jsonb_path_ops"},
        postgresql_where=sa.text("kind = 'practitioner'"),
    ),
    sa.Index("ix_registry_period_effective_from", "effective_from"),
    sa.Index("ix_registry_period_effective_until", "effective_until"),
    comment="What held when, derived from the statements whenever one is added.",
)

registry_day = sa.Table(
    "registry_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True, comment="through which changes of the calendar were stated as facts"),
)

# No foreign key to practitioner: credit may judge a person whom the registry does not know yet.
practitioner_measure = sa.Table(
    "practitioner_measure",
    metadata,
    sa.Column("measure_id", sa.Uuid, primary_key=True),
    sa.Column("practitioner_code", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("effective_until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_from", sa.DateTime(timezone=True)),
)

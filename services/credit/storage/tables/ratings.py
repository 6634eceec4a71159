"""The score ledger of institutions, the rating last stated to others, and the yearly rating with its inputs."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.credit.storage.tables.metadata import instant, metadata

score_entry = sa.Table(
    "score_entry",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("entry_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("year", sa.SmallInteger, nullable=False),
    sa.Column("delta_e2", sa.Integer, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("cause_id", sa.Uuid, nullable=False),
    sa.Column("occurred_at", instant, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("rule_code", sa.Text),
    sa.Column("severity", sa.Text),
    sa.Column("counters_entry_id", sa.Uuid, unique=True),
    sa.Column("traceparent", sa.Text),
    sa.UniqueConstraint("cause_id", "cause"),
)
sa.Index("ix_score_entry_institution_code", score_entry.c.institution_code, score_entry.c.year, score_entry.c.position)

rating = sa.Table(
    "rating",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("score_e2", sa.Integer, comment="Null until the first rating is stated."),
    sa.Column("tier", sa.Text),
    sa.Column("policy_version", sa.Text),
    sa.Column("rated_at", instant),
    comment="The rating last stated to others; the ledger is the truth. Its row is the lock of the institution.",
)

rating_volume = sa.Table(
    "rating_volume",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("month", sa.Date, primary_key=True, comment="First day of the month of screening."),
    sa.Column("settlements", sa.BigInteger, nullable=False),
    comment="A counter of screened settlements, the volume that violations are seen relative to.",
)

rating_record = sa.Table(
    "rating_record",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("record_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("case_key", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("document_number", sa.Text, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False, comment="Subject of the officer's token."),
    sa.Column("withdraws_record_id", sa.Uuid, unique=True, comment="The record that this one takes back."),
)
sa.Index("ix_rating_record_institution_code", rating_record.c.institution_code, rating_record.c.position)

annual_rating = sa.Table(
    "annual_rating",
    metadata,
    sa.Column("rating_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("year", sa.SmallInteger, nullable=False),
    sa.Column("region", sa.Text, nullable=False, comment="Region of the institution when it was first rated."),
    sa.Column("created_at", instant, nullable=False),
    sa.UniqueConstraint("institution_code", "year"),
)
sa.Index("ix_annual_rating_year", annual_rating.c.year, annual_rating.c.institution_code)

rating_calculation = sa.Table(
    "rating_calculation",
    metadata,
    sa.Column("calculation_id", sa.Uuid, primary_key=True),
    sa.Column("rating_id", sa.Uuid, sa.ForeignKey(annual_rating.c.rating_id), nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("score_e2", sa.Integer, nullable=False),
    sa.Column("grade", sa.Text, nullable=False),
    sa.Column("grade_before", sa.Text),
    sa.Column("settlements", sa.BigInteger, nullable=False),
    sa.Column("benchmarks", postgresql.JSONB, nullable=False),
    sa.Column("evidence", postgresql.JSONB, nullable=False),
    sa.Column("excluded", postgresql.JSONB, nullable=False, comment="Evidence that an upheld objection took out."),
    sa.Column("computed_at", instant, nullable=False),
    comment="All inputs of one calculation, so that anybody can repeat it.",
)
sa.Index("ix_rating_calculation_rating_id", rating_calculation.c.rating_id)

rating_act = sa.Table(
    "rating_act",
    metadata,
    sa.Column("act_id", sa.Uuid, primary_key=True),
    sa.Column("rating_id", sa.Uuid, sa.ForeignKey(annual_rating.c.rating_id), nullable=False),
    sa.Column("number", sa.Integer, nullable=False, comment="From 1; the act with the highest says where it stands."),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="State after the act."),
    sa.Column("acted_at", instant, nullable=False),
    sa.Column("acted_by", sa.Text, nullable=False, comment="Subject of a token, or the fact that caused it."),
    sa.Column("calculation_id", sa.Uuid, sa.ForeignKey(rating_calculation.c.calculation_id)),
    sa.Column("due_on", sa.Date, comment="Last day of publicity, or for deciding an objection."),
    sa.Column("reason", sa.Text),
    sa.Column("document_number", sa.Text),
    sa.UniqueConstraint("rating_id", "number"),
)

rating_repair = sa.Table(
    "rating_repair",
    metadata,
    sa.Column("repair_id", sa.Uuid, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("acted_at", instant, nullable=False),
    sa.Column("acted_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("document_number", sa.Text, nullable=False, comment="Commitment, or decision."),
    sa.Column("due_on", sa.Date, comment="Last day for the decision; on the application only."),
    sa.Column("counts_in", sa.SmallInteger, comment="Year whose rating counts it; on a grant only."),
    sa.CheckConstraint("act in ('applied', 'granted', 'refused')", name="act"),
    sa.PrimaryKeyConstraint("repair_id", "act"),
)
sa.Index("ix_rating_repair_institution_code", rating_repair.c.institution_code, rating_repair.c.repair_id)
# A repair is decided once, one way or the other.
sa.Index(
    "uq_rating_repair_decided",
    rating_repair.c.repair_id,
    unique=True,
    postgresql_where=rating_repair.c.act != "applied",
)

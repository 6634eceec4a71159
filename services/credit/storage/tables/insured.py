"""The credit ledger of insured persons, kept apart for its strict access."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.credit.storage.tables.metadata import instant, metadata

insured_entry = sa.Table(
    "insured_entry",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("entry_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("insured_ref", sa.Text, nullable=False, comment="Pseudonym; nothing else of the person is kept."),
    sa.Column("circumstance", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("document_number", sa.Text, nullable=False),
    sa.Column("refund_fen", sa.BigInteger, nullable=False, comment="Negative on a counter-entry."),
    sa.Column("fine_fen", sa.BigInteger, nullable=False, comment="Negative on a counter-entry."),
    sa.Column("pause_months", sa.SmallInteger, nullable=False, comment="0: no pause. Negative on a counter-entry."),
    sa.Column("pause_from", instant),
    sa.Column("pause_until", instant, comment="First instant at which online settlement is possible again."),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="SHA-256 of the request in canonical form."),
    sa.Column("counters_entry_id", sa.Uuid, sa.ForeignKey("credit.insured_entry.entry_id"), unique=True),
    sa.Column("cause", sa.Text, comment="Why it was taken back."),
    sa.CheckConstraint("(counters_entry_id is null) = (cause is null)", name="cause"),
    sa.CheckConstraint("(pause_from is null) = (pause_months = 0)", name="pause"),
    sa.CheckConstraint("(pause_from is null) = (pause_until is null)", name="pause_end"),
    sa.CheckConstraint("pause_from < pause_until", name="period"),
    sa.CheckConstraint("abs(pause_months) in (0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)", name="months"),
    sa.CheckConstraint("counters_entry_id is not null or least(refund_fen, fine_fen, pause_months) >= 0", name="sign"),
)
sa.Index("ix_insured_entry_insured_ref", insured_entry.c.insured_ref, insured_entry.c.position)

insured_access = sa.Table(
    "insured_access",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("read_at", instant, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, comment="Subject of the reader's token."),
    sa.Column("insured_ref", sa.Text, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
)
sa.Index("ix_insured_access_insured_ref", insured_access.c.insured_ref, insured_access.c.position)

"""Confirmed findings, sanctions, the points ledger and the measures that follow from it."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.credit.storage.tables.metadata import codes, instant, metadata, uuids

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("finding_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("practitioner_codes", codes),
    sa.Column("rule_code", sa.Text),
    sa.Column("severity", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("confirmed_at", instant, comment="Null while only its end is known, which then came first."),
    sa.Column("traceparent", sa.Text),
    sa.Column("ended_at", instant),
    sa.Column("ended_by", sa.Text),
    sa.Column("settlement_ref", sa.Uuid, comment="Findings of one settlement are one case to a rating."),
    sa.CheckConstraint("ended_by in ('finding_overturned', 'finding_withdrawn')", name="ended_by"),
    sa.CheckConstraint("confirmed_at is not null or ended_at is not null", name="known"),
)
sa.Index(
    "ix_finding_standing",
    finding.c.institution_code,
    finding.c.finding_id,
    postgresql_where=sa.and_(finding.c.confirmed_at.is_not(None), finding.c.ended_at.is_(None)),
)

sanction = sa.Table(
    "sanction",
    metadata,
    sa.Column("sanction_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("deciding_authority", sa.Text, nullable=False),
    sa.Column("document_number", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="SHA-256 of the request in canonical form."),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False, comment="Subject of the officer's token."),
    sa.Column("agreement", sa.Text, comment="What it does to the agreement; null: nothing."),
    sa.Column("agreement_until", sa.Date, comment="Last day of the agreement's suspension."),
    sa.CheckConstraint("agreement in ('suspended', 'terminated')", name="agreement"),
    sa.CheckConstraint(
        "(agreement is not null and agreement = 'suspended') = (agreement_until is not null)", name="agreement_until"
    ),
)
sa.Index("ix_sanction_institution_code", sanction.c.institution_code, sanction.c.sanction_id)

points_entry = sa.Table(
    "points_entry",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("entry_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("practitioner_code", sa.Text, nullable=False),
    sa.Column("sanction_id", sa.Uuid, sa.ForeignKey(sanction.c.sanction_id), nullable=False),
    sa.Column("violation_number", sa.SmallInteger, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("points", sa.SmallInteger, nullable=False),
    sa.Column("band", sa.SmallInteger, nullable=False),
    sa.Column("band_cause", sa.Text, nullable=False),
    sa.Column("degree", sa.Text, nullable=False),
    sa.Column("modifier", sa.Text, nullable=False),
    sa.Column("finding_ids", uuids, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("counters_entry_id", sa.Uuid, unique=True),
    sa.Column("cause_id", sa.Uuid),
    sa.Column("cause_kind", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("repairs_entry_id", sa.Uuid),
    sa.CheckConstraint(
        "case when counters_entry_id is not null then points <> 0 when repairs_entry_id is not null then points < 0 "
        "else points > 0 end",
        name="direction",
    ),
    sa.CheckConstraint(
        "(counters_entry_id is null and repairs_entry_id is null) = (cause_id is null)", name="named_cause"
    ),
)
sa.Index("ix_points_entry_practitioner_code", points_entry.c.practitioner_code, points_entry.c.position)
sa.Index("ix_points_entry_sanction_id", points_entry.c.sanction_id)

agreement_link = sa.Table(
    "agreement_link",
    metadata,
    sa.Column("link_id", sa.Uuid, primary_key=True),
    sa.Column("practitioner_code", sa.Text, nullable=False),
    sa.Column("sanction_id", sa.Uuid, sa.ForeignKey(sanction.c.sanction_id), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("effective_until", instant, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("counters_link_id", sa.Uuid, unique=True),
    sa.Column("cause_id", sa.Uuid),
    sa.Column("cause_kind", sa.Text),
    sa.CheckConstraint("kind in ('suspension', 'termination')", name="kind"),
    sa.CheckConstraint("(counters_link_id is null) = (cause_id is null)", name="named_cause"),
)
sa.Index("ix_agreement_link_practitioner_code", agreement_link.c.practitioner_code)
sa.Index("ix_agreement_link_sanction_id", agreement_link.c.sanction_id)

entry_finding = sa.Table(
    "entry_finding",
    metadata,
    sa.Column("finding_id", sa.Uuid, nullable=False),
    sa.Column("practitioner_code", sa.Text, nullable=False),
    sa.Column("entry_id", sa.Uuid, sa.ForeignKey(points_entry.c.entry_id), nullable=False),
    # One violation is scored once for one person, whoever decides about it.
    sa.PrimaryKeyConstraint("finding_id", "practitioner_code"),
)

measure = sa.Table(
    "measure",
    metadata,
    sa.Column("measure_id", sa.Uuid, primary_key=True),
    sa.Column("practitioner_code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sanction_id", sa.Uuid, sa.ForeignKey(sanction.c.sanction_id), nullable=False),
    sa.Column("year", sa.SmallInteger, nullable=False),
    sa.Column("points", sa.SmallInteger, nullable=False),
    sa.Column("effective_from", instant, nullable=False),
    sa.Column("effective_until", instant, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("stated_at", instant, nullable=False),
    sa.Column("registered_again_at", instant, comment="Termination: the instant of the new registration."),
    sa.Column("undone_at", instant, comment="When its ground fell; it then never stood."),
    sa.CheckConstraint("kind in ('suspension', 'termination')", name="kind"),
    sa.CheckConstraint("effective_from < effective_until", name="period"),
)
sa.Index(
    "ix_measure_standing",
    measure.c.practitioner_code,
    measure.c.effective_from,
    postgresql_where=measure.c.undone_at.is_(None),
)

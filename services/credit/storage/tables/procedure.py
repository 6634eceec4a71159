"""The procedure of points: proposals, matters with their steps, what moved the ends of measures, annulled sanctions."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.credit.storage.tables.metadata import instant, metadata, uuids
from services.credit.storage.tables.points import sanction

proposal = sa.Table(
    "proposal",
    metadata,
    sa.Column("proposal_id", sa.Uuid, primary_key=True),
    sa.Column("sanction_id", sa.Uuid, sa.ForeignKey(sanction.c.sanction_id), nullable=False),
    sa.Column("practitioner_code", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("finding_ids", uuids, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("made_at", instant, nullable=False),
    sa.Column("decision", sa.Text, comment="Null while a person has yet to decide."),
    sa.Column("reason", sa.Text),
    sa.Column("decided_at", instant),
    sa.Column("decided_by", sa.Text, comment="Subject of the officer's token."),
    sa.Column("traceparent", sa.Text),
    sa.UniqueConstraint("sanction_id", "practitioner_code"),
    sa.CheckConstraint("decision in ('accepted', 'declined')", name="decision"),
    sa.CheckConstraint("(decision is null) = (decided_by is null)", name="decided"),
)
sa.Index("ix_proposal_open", proposal.c.proposal_id, postgresql_where=proposal.c.decision.is_(None))

matter = sa.Table(
    "matter",
    metadata,
    sa.Column("matter_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("practitioner_code", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("sanction_id", sa.Uuid, sa.ForeignKey(sanction.c.sanction_id), nullable=False),
    sa.Column("entry_id", sa.Uuid, comment="Repair of points: the entry."),
    sa.Column("repair_measure", sa.Text),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("opened_at", instant, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("last_on", sa.Date, nullable=False),
    sa.Column("duty", sa.Text),
    sa.Column("due_on", sa.Date),
    sa.Column("objection_until", sa.Date),
    sa.Column("remaining_days", sa.SmallInteger),
    sa.Column("escalated", sa.Boolean, nullable=False),
    sa.Column("talked", sa.Boolean, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.CheckConstraint("kind in ('handling', 'recovery', 'repair')", name="kind"),
    comment="Where a matter stands; its steps are the truth.",
)
sa.Index(
    "uq_matter_handling",
    matter.c.sanction_id,
    matter.c.practitioner_code,
    unique=True,
    postgresql_where=matter.c.kind == sa.literal_column("'handling'"),
)
sa.Index("ix_matter_practitioner_code", matter.c.practitioner_code, matter.c.matter_id)
sa.Index("ix_matter_due_on", matter.c.due_on, matter.c.matter_id, postgresql_where=matter.c.due_on.is_not(None))

matter_step = sa.Table(
    "matter_step",
    metadata,
    sa.Column("matter_id", sa.Uuid, sa.ForeignKey(matter.c.matter_id), nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, comment="Last day in time for this step, where it had one."),
    sa.Column("document_number", sa.Text),
    sa.Column("details", postgresql.JSONB, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False, comment="Subject of the officer's token."),
    sa.PrimaryKeyConstraint("matter_id", "number"),
)

term_change = sa.Table(
    "term_change",
    metadata,
    sa.Column("change_id", sa.Uuid, primary_key=True),
    sa.Column("practitioner_code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sanction_id", sa.Uuid, sa.ForeignKey(sanction.c.sanction_id), nullable=False),
    sa.Column("at", instant, nullable=False),
    sa.Column("days", sa.SmallInteger, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("matter_id", sa.Uuid, sa.ForeignKey(matter.c.matter_id), nullable=False, unique=True),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.CheckConstraint("kind in ('shortened', 'registered')", name="kind"),
)
sa.Index("ix_term_change_practitioner_code", term_change.c.practitioner_code)

sanction_annulment = sa.Table(
    "sanction_annulment",
    metadata,
    sa.Column("sanction_id", sa.Uuid, sa.ForeignKey(sanction.c.sanction_id), primary_key=True),
    sa.Column("deciding_authority", sa.Text, nullable=False),
    sa.Column("document_number", sa.Text, nullable=False),
    sa.Column("annulled_on", sa.Date, nullable=False),
    sa.Column("recorded_at", instant, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False, comment="Subject of the officer's token."),
)

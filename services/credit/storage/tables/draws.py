"""Inspection draws: what was committed to, what was drawn, what was revealed.

Each step is a table of its own that is only added to; a later step refers to the one before, so none can be left out.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.credit.storage.tables.metadata import codes, instant, metadata

inspector_entry = sa.Table(
    "inspector_entry",
    metadata,
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("inspector_code", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("certified_until", sa.Date, nullable=False, comment="Last day of the certificate."),
    sa.Column("skills", codes, nullable=False),
    sa.Column("recusals", postgresql.JSONB, nullable=False, comment="Institutions not to be inspected, with grounds."),
    sa.Column("stated_at", instant, nullable=False),
    sa.Column("stated_by", sa.Text, nullable=False),
    comment="Directory of inspectors; the newest entry of a code counts.",
)
sa.Index("ix_inspector_entry_inspector_code", inspector_entry.c.inspector_code, inspector_entry.c.position)

inspection_draw = sa.Table(
    "inspection_draw",
    metadata,
    sa.Column("draw_id", sa.Uuid, primary_key=True),
    sa.Column("listing", sa.Text, nullable=False, comment="The published list, letter by letter as it was hashed."),
    sa.Column("list_hash", sa.Text, nullable=False),
    sa.Column(
        "grounds", postgresql.JSONB, nullable=False, comment="Grade and findings behind each weight; not public."
    ),
    sa.Column("candidate_codes", codes, nullable=False),
    sa.Column("year", sa.SmallInteger, nullable=False),
    sa.Column("limited", sa.Boolean, nullable=False, comment="Counts towards the visits of a year."),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("public_not_before", instant, nullable=False),
    sa.Column("prepared_at", instant, nullable=False),
    sa.Column("prepared_by", sa.Text, nullable=False),
    sa.UniqueConstraint("draw_id", "prepared_by"),
)
sa.Index("ix_inspection_draw_candidate_codes", inspection_draw.c.candidate_codes, postgresql_using="gin")

draw_commitment = sa.Table(
    "draw_commitment",
    metadata,
    sa.Column("draw_id", sa.Uuid, primary_key=True),
    sa.Column("prepared_by", sa.Text, nullable=False),
    sa.Column("seed_commitment", sa.Text, nullable=False, unique=True, comment="A seed once revealed is no secret."),
    sa.Column("committed_at", instant, nullable=False),
    sa.Column("committed_by", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["draw_id", "prepared_by"], [inspection_draw.c.draw_id, inspection_draw.c.prepared_by]),
    sa.CheckConstraint("committed_by <> prepared_by", name="four_eyes"),
)

draw_result = sa.Table(
    "draw_result",
    metadata,
    sa.Column("draw_id", sa.Uuid, sa.ForeignKey(draw_commitment.c.draw_id), primary_key=True),
    sa.Column("prepared_by", sa.Text, nullable=False),
    sa.Column("seed", sa.Text, nullable=False),
    sa.Column("public_value", sa.Text, nullable=False),
    sa.Column("drawn_at", instant, nullable=False),
    sa.Column("drawn_by", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["draw_id", "prepared_by"], [inspection_draw.c.draw_id, inspection_draw.c.prepared_by]),
    sa.CheckConstraint("drawn_by <> prepared_by", name="four_eyes"),
)

draw_selection = sa.Table(
    "draw_selection",
    metadata,
    sa.Column("draw_id", sa.Uuid, sa.ForeignKey(draw_result.c.draw_id), nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("inspector_codes", codes, nullable=False),
    sa.Column("year", sa.SmallInteger, nullable=False),
    sa.Column("limited", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("draw_id", "rank"),
    sa.UniqueConstraint("draw_id", "institution_code"),
    sa.CheckConstraint("cardinality(inspector_codes) >= 2", name="two_inspectors"),
)
sa.Index("ix_draw_selection_institution_code", draw_selection.c.institution_code, draw_selection.c.year)

draw_publication = sa.Table(
    "draw_publication",
    metadata,
    sa.Column("draw_id", sa.Uuid, sa.ForeignKey(draw_result.c.draw_id), primary_key=True),
    sa.Column("published_at", instant, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
)

draw_cancellation = sa.Table(
    "draw_cancellation",
    metadata,
    sa.Column("draw_id", sa.Uuid, sa.ForeignKey(inspection_draw.c.draw_id), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("cancelled_at", instant, nullable=False),
    sa.Column("cancelled_by", sa.Text, nullable=False),
)

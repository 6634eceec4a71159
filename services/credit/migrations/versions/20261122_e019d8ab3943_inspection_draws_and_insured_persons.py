"""inspection draws and insured persons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e019d8ab3943"
down_revision = "f89d484cb510"
branch_labels = None
depends_on = None

LEDGERS = (
    "inspector_entry",
    "inspection_draw",
    "draw_commitment",
    "draw_result",
    "draw_selection",
    "draw_publication",
    "draw_cancellation",
    "insured_entry",
    "insured_access",
)
"""Tables that are only ever added to."""


def upgrade() -> None:
    op.create_table(
        "inspection_draw",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column(
            "listing", sa.Text(), nullable=False, comment="The published list, letter by letter as it was hashed."
        ),
        sa.Column("list_hash", sa.Text(), nullable=False),
        sa.Column(
            "grounds",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Grade and findings behind each weight; not public.",
        ),
        sa.Column("candidate_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False, comment="Counts towards the visits of a year."),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("public_not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_inspection_draw")),
        sa.UniqueConstraint("draw_id", "prepared_by", name=op.f("uq_inspection_draw_draw_id")),
        schema="credit",
    )
    op.create_index(
        "ix_inspection_draw_candidate_codes",
        "inspection_draw",
        ["candidate_codes"],
        unique=False,
        schema="credit",
        postgresql_using="gin",
    )
    op.create_table(
        "inspector_entry",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("inspector_code", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("certified_until", sa.Date(), nullable=False, comment="Last day of the certificate."),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "recusals",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Institutions not to be inspected, with grounds.",
        ),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_inspector_entry")),
        schema="credit",
        comment="Directory of inspectors; the newest entry of a code counts.",
    )
    op.create_index(
        "ix_inspector_entry_inspector_code",
        "inspector_entry",
        ["inspector_code", "position"],
        unique=False,
        schema="credit",
    )
    op.create_table(
        "insured_access",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="Subject of the reader's token."),
        sa.Column("insured_ref", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_insured_access")),
        schema="credit",
    )
    op.create_index(
        "ix_insured_access_insured_ref", "insured_access", ["insured_ref", "position"], unique=False, schema="credit"
    )
    op.create_table(
        "insured_entry",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("insured_ref", sa.Text(), nullable=False, comment="Pseudonym; nothing else of the person is kept."),
        sa.Column("circumstance", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("refund_fen", sa.BigInteger(), nullable=False, comment="Negative on a counter-entry."),
        sa.Column("fine_fen", sa.BigInteger(), nullable=False, comment="Negative on a counter-entry."),
        sa.Column(
            "pause_months", sa.SmallInteger(), nullable=False, comment="0: no pause. Negative on a counter-entry."
        ),
        sa.Column("pause_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "pause_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="First instant at which online settlement is possible again.",
        ),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("digest", postgresql.BYTEA(), nullable=False, comment="SHA-256 of the request in canonical form."),
        sa.Column("counters_entry_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True, comment="Why it was taken back."),
        sa.CheckConstraint("(counters_entry_id is null) = (cause is null)", name=op.f("ck_insured_entry_cause")),
        sa.CheckConstraint("(pause_from is null) = (pause_months = 0)", name=op.f("ck_insured_entry_pause")),
        sa.CheckConstraint("(pause_from is null) = (pause_until is null)", name=op.f("ck_insured_entry_pause_end")),
        sa.CheckConstraint(
            "abs(pause_months) in (0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)", name=op.f("ck_insured_entry_months")
        ),
        sa.CheckConstraint(
            "counters_entry_id is not null or least(refund_fen, fine_fen, pause_months) >= 0",
            name=op.f("ck_insured_entry_sign"),
        ),
        sa.CheckConstraint("pause_from < pause_until", name=op.f("ck_insured_entry_period")),
        sa.ForeignKeyConstraint(
            ["counters_entry_id"],
            ["credit.insured_entry.entry_id"],
            name=op.f("fk_insured_entry_counters_entry_id_insured_entry"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_insured_entry")),
        sa.UniqueConstraint("counters_entry_id", name=op.f("uq_insured_entry_counters_entry_id")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_insured_entry_entry_id")),
        schema="credit",
    )
    op.create_index(
        "ix_insured_entry_insured_ref", "insured_entry", ["insured_ref", "position"], unique=False, schema="credit"
    )
    op.create_table(
        "draw_cancellation",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["credit.inspection_draw.draw_id"], name=op.f("fk_draw_cancellation_draw_id_inspection_draw")
        ),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_draw_cancellation")),
        schema="credit",
    )
    op.create_table(
        "draw_commitment",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("seed_commitment", sa.Text(), nullable=False, comment="A seed once revealed is no secret."),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("committed_by <> prepared_by", name=op.f("ck_draw_commitment_four_eyes")),
        sa.ForeignKeyConstraint(
            ["draw_id", "prepared_by"],
            ["credit.inspection_draw.draw_id", "credit.inspection_draw.prepared_by"],
            name=op.f("fk_draw_commitment_draw_id_inspection_draw"),
        ),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_draw_commitment")),
        sa.UniqueConstraint("seed_commitment", name=op.f("uq_draw_commitment_seed_commitment")),
        schema="credit",
    )
    op.create_table(
        "draw_result",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("public_value", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.CheckConstraint("drawn_by <> prepared_by", name=op.f("ck_draw_result_four_eyes")),
        sa.ForeignKeyConstraint(
            ["draw_id", "prepared_by"],
            ["credit.inspection_draw.draw_id", "credit.inspection_draw.prepared_by"],
            name=op.f("fk_draw_result_draw_id_inspection_draw"),
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["credit.draw_commitment.draw_id"], name=op.f("fk_draw_result_draw_id_draw_commitment")
        ),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_draw_result")),
        schema="credit",
    )
    op.create_table(
        "draw_publication",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["credit.draw_result.draw_id"], name=op.f("fk_draw_publication_draw_id_draw_result")
        ),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_draw_publication")),
        schema="credit",
    )
    op.create_table(
        "draw_selection",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("inspector_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cardinality(inspector_codes) >= 2", name=op.f("ck_draw_selection_two_inspectors")),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["credit.draw_result.draw_id"], name=op.f("fk_draw_selection_draw_id_draw_result")
        ),
        sa.PrimaryKeyConstraint("draw_id", "rank", name=op.f("pk_draw_selection")),
        sa.UniqueConstraint("draw_id", "institution_code", name=op.f("uq_draw_selection_draw_id")),
        schema="credit",
    )
    op.create_index(
        "ix_draw_selection_institution_code",
        "draw_selection",
        ["institution_code", "year"],
        unique=False,
        schema="credit",
    )
    for ledger in LEDGERS:
        op.execute(
            f"create trigger append_only before update or delete on credit.{ledger} "
            "for each row execute function credit.forbid_change()"
        )
        op.execute(
            f"create trigger append_only_whole before truncate on credit.{ledger} "
            "for each statement execute function credit.forbid_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_draw_selection_institution_code", table_name="draw_selection", schema="credit")
    op.drop_table("draw_selection", schema="credit")
    op.drop_table("draw_publication", schema="credit")
    op.drop_table("draw_result", schema="credit")
    op.drop_table("draw_commitment", schema="credit")
    op.drop_table("draw_cancellation", schema="credit")
    op.drop_index("ix_insured_entry_insured_ref", table_name="insured_entry", schema="credit")
    op.drop_table("insured_entry", schema="credit")
    op.drop_index("ix_insured_access_insured_ref", table_name="insured_access", schema="credit")
    op.drop_table("insured_access", schema="credit")
    op.drop_index("ix_inspector_entry_inspector_code", table_name="inspector_entry", schema="credit")
    op.drop_table("inspector_entry", schema="credit")
    op.drop_index(
        "ix_inspection_draw_candidate_codes", table_name="inspection_draw", schema="credit", postgresql_using="gin"
    )
    op.drop_table("inspection_draw", schema="credit")

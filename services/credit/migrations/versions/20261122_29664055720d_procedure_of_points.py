"""Add the procedure of points: proposals, matters and their steps, repairs, new registrations, annulments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "29664055720d"
down_revision = "8165f717570e"
branch_labels = None
depends_on = None

LEDGERS = ("matter_step", "term_change", "sanction_annulment")
"""Tables that are only ever added to."""

DIRECTION = (
    "case when counters_entry_id is not null then points <> 0 when repairs_entry_id is not null then points < 0 "
    "else points > 0 end"
)
NAMED_CAUSE = "(counters_entry_id is null and repairs_entry_id is null) = (cause_id is null)"


def upgrade() -> None:
    op.create_table(
        "matter",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True, comment="Repair of points: the entry."),
        sa.Column("repair_measure", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("objection_until", sa.Date(), nullable=True),
        sa.Column("remaining_days", sa.SmallInteger(), nullable=True),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("talked", sa.Boolean(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('handling', 'recovery', 'repair')", name=op.f("ck_matter_kind")),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["credit.sanction.sanction_id"], name=op.f("fk_matter_sanction_id_sanction")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_matter")),
        schema="credit",
        comment="Where a matter stands; its steps are the truth.",
    )
    op.create_index(
        "ix_matter_due_on",
        "matter",
        ["due_on", "matter_id"],
        unique=False,
        schema="credit",
        postgresql_where=sa.text("due_on IS NOT NULL"),
    )
    op.create_index(
        "ix_matter_practitioner_code", "matter", ["practitioner_code", "matter_id"], unique=False, schema="credit"
    )
    op.create_index(
        "uq_matter_handling",
        "matter",
        ["sanction_id", "practitioner_code"],
        unique=True,
        schema="credit",
        postgresql_where=sa.text("kind = 'handling'"),
    )
    op.create_table(
        "proposal",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("finding_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True, comment="Null while a person has yet to decide."),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True, comment="Subject of the officer's token."),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.CheckConstraint("decision in ('accepted', 'declined')", name=op.f("ck_proposal_decision")),
        sa.CheckConstraint("(decision is null) = (decided_by is null)", name=op.f("ck_proposal_decided")),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["credit.sanction.sanction_id"], name=op.f("fk_proposal_sanction_id_sanction")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("sanction_id", "practitioner_code", name=op.f("uq_proposal_sanction_id")),
        schema="credit",
    )
    op.create_index(
        "ix_proposal_open",
        "proposal",
        ["proposal_id"],
        unique=False,
        schema="credit",
        postgresql_where=sa.text("decision IS NULL"),
    )
    op.create_table(
        "sanction_annulment",
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("deciding_authority", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("annulled_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False, comment="Subject of the officer's token."),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["credit.sanction.sanction_id"], name=op.f("fk_sanction_annulment_sanction_id_sanction")
        ),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("pk_sanction_annulment")),
        schema="credit",
    )
    op.create_table(
        "matter_step",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True, comment="Last day in time for this step, where it had one."),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False, comment="Subject of the officer's token."),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["credit.matter.matter_id"], name=op.f("fk_matter_step_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("matter_id", "number", name=op.f("pk_matter_step")),
        schema="credit",
    )
    op.create_table(
        "term_change",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('shortened', 'registered')", name=op.f("ck_term_change_kind")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["credit.matter.matter_id"], name=op.f("fk_term_change_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["credit.sanction.sanction_id"], name=op.f("fk_term_change_sanction_id_sanction")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_term_change")),
        sa.UniqueConstraint("matter_id", name=op.f("uq_term_change_matter_id")),
        schema="credit",
    )
    op.create_index(
        "ix_term_change_practitioner_code", "term_change", ["practitioner_code"], unique=False, schema="credit"
    )
    op.add_column(
        "measure",
        sa.Column(
            "registered_again_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Termination: the instant of the new registration.",
        ),
        schema="credit",
    )
    op.add_column("points_entry", sa.Column("repairs_entry_id", sa.Uuid(), nullable=True), schema="credit")
    # Repairs take points away without countering an entry.
    op.drop_constraint("ck_points_entry_sign", "points_entry", schema="credit")
    op.drop_constraint("ck_points_entry_cause", "points_entry", schema="credit")
    op.create_check_constraint(op.f("ck_points_entry_direction"), "points_entry", DIRECTION, schema="credit")
    op.create_check_constraint(op.f("ck_points_entry_named_cause"), "points_entry", NAMED_CAUSE, schema="credit")
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
    op.drop_constraint("ck_points_entry_direction", "points_entry", schema="credit")
    op.drop_constraint("ck_points_entry_named_cause", "points_entry", schema="credit")
    op.create_check_constraint(
        op.f("ck_points_entry_sign"), "points_entry", "(points > 0) = (counters_entry_id is null)", schema="credit"
    )
    op.create_check_constraint(
        op.f("ck_points_entry_cause"),
        "points_entry",
        "(counters_entry_id is null) = (cause_id is null)",
        schema="credit",
    )
    op.drop_column("points_entry", "repairs_entry_id", schema="credit")
    op.drop_column("measure", "registered_again_at", schema="credit")
    op.drop_index("ix_term_change_practitioner_code", table_name="term_change", schema="credit")
    op.drop_table("term_change", schema="credit")
    op.drop_table("matter_step", schema="credit")
    op.drop_table("sanction_annulment", schema="credit")
    op.drop_index(
        "ix_proposal_open", table_name="proposal", schema="credit", postgresql_where=sa.text("decision IS NULL")
    )
    op.drop_table("proposal", schema="credit")
    op.drop_index(
        "uq_matter_handling", table_name="matter", schema="credit", postgresql_where=sa.text("kind = 'handling'")
    )
    op.drop_index("ix_matter_practitioner_code", table_name="matter", schema="credit")
    op.drop_index(
        "ix_matter_due_on", table_name="matter", schema="credit", postgresql_where=sa.text("due_on IS NOT NULL")
    )
    op.drop_table("matter", schema="credit")

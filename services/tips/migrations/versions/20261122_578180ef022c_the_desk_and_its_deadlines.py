"""The desk: jurisdiction, deadlines, tips of one matter, objections, sessions, and what is known of institutions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "578180ef022c"
down_revision = "d00e7afd44c9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_sessions",
        sa.Column("digest", postgresql.BYTEA(), nullable=False),
        sa.Column("claims", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_desk_sessions")),
        schema="tips",
    )
    op.create_table(
        "desks",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_desks")),
        schema="tips",
    )
    op.create_table(
        "institution_findings",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=True),
        sa.Column("raised_on", sa.Date(), nullable=True),
        sa.Column("at_issue_fen", sa.BigInteger(), nullable=False),
        sa.Column("upheld_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_institution_findings")),
        schema="tips",
    )
    op.create_index(
        "ix_institution_findings_institution_code",
        "institution_findings",
        ["institution_code", "raised_on"],
        unique=False,
        schema="tips",
    )
    op.create_table(
        "institutions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institutions")),
        schema="tips",
    )
    op.create_index("ix_institutions_region", "institutions", ["region"], unique=False, schema="tips")
    op.create_table(
        "interests",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", "institution_code", name=op.f("pk_interests")),
        schema="tips",
    )
    op.create_table(
        "receipt_guard",
        sa.Column("one", sa.SmallInteger(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_turn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_receipt_guard_only_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_receipt_guard")),
        schema="tips",
    )
    op.create_table(
        "deadlines",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("escalated_on", sa.Date(), nullable=True),
        sa.Column("taken_note_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_deadlines_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", "kind", name=op.f("pk_deadlines")),
        schema="tips",
    )
    op.create_index(
        "ix_deadlines_open",
        "deadlines",
        ["due_on"],
        unique=False,
        schema="tips",
        postgresql_where=sa.text("met_on is null"),
    )
    op.create_table(
        "desk_members",
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["tips.desks.code"], name=op.f("fk_desk_members_desk_desks")),
        sa.PrimaryKeyConstraint("desk", "subject", name=op.f("pk_desk_members")),
        schema="tips",
    )
    op.create_index("ix_desk_members_subject", "desk_members", ["subject"], unique=False, schema="tips")
    op.create_table(
        "disputes",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decided_against", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_disputes_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", "number", name=op.f("pk_disputes")),
        schema="tips",
    )
    op.create_table(
        "recusals",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_recusals_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", "subject", name=op.f("pk_recusals")),
        schema="tips",
    )
    op.create_table(
        "transfers",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_region", sa.Text(), nullable=True),
        sa.Column("to_region", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_transfers_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", "number", name=op.f("pk_transfers")),
        schema="tips",
    )
    op.add_column("tips", sa.Column("channel", sa.Text(), server_default="online", nullable=False), schema="tips")
    op.add_column("tips", sa.Column("region", sa.Text(), nullable=True), schema="tips")
    op.add_column("tips", sa.Column("desk", sa.Text(), nullable=True), schema="tips")
    op.add_column(
        "tips",
        sa.Column("against_agency", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="tips",
    )
    op.add_column("tips", sa.Column("merged_into", sa.Uuid(), nullable=True), schema="tips")
    op.add_column("tips", sa.Column("extension_asked_at", sa.DateTime(timezone=True), nullable=True), schema="tips")
    op.add_column("tips", sa.Column("extension_asked_by", sa.Text(), nullable=True), schema="tips")
    op.add_column("tips", sa.Column("told_on", sa.Date(), nullable=True), schema="tips")
    op.create_index("ix_tips_institution_code", "tips", ["institution_code"], unique=False, schema="tips")
    op.create_index(
        "ix_tips_merged_into",
        "tips",
        ["merged_into"],
        unique=False,
        schema="tips",
        postgresql_where=sa.text("merged_into is not null"),
    )
    op.create_index(
        "ix_tips_reported_institution_code", "tips", ["reported_institution_code"], unique=False, schema="tips"
    )
    op.create_foreign_key(
        op.f("fk_tips_merged_into_tips"),
        "tips",
        "tips",
        ["merged_into"],
        ["id"],
        source_schema="tips",
        referent_schema="tips",
    )
    # Tips of before: those that wait for their acceptance had no last day yet; three weeks hold fifteen working days
    # where no holiday falls into them, and nobody is told too late.
    op.execute("update tips.tips set due_on = received_on + 21 where due_on is null and status = 'received'")
    op.execute(
        "insert into tips.deadlines (tip_id, kind, due_on) select id, 'verify', due_on from tips.tips "
        "where status in ('received', 'accepted') and due_on is not null"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_tips_merged_into_tips"), "tips", schema="tips", type_="foreignkey")
    op.drop_index("ix_tips_reported_institution_code", table_name="tips", schema="tips")
    op.drop_index(
        "ix_tips_merged_into", table_name="tips", schema="tips", postgresql_where=sa.text("merged_into is not null")
    )
    op.drop_index("ix_tips_institution_code", table_name="tips", schema="tips")
    op.drop_column("tips", "told_on", schema="tips")
    op.drop_column("tips", "extension_asked_by", schema="tips")
    op.drop_column("tips", "extension_asked_at", schema="tips")
    op.drop_column("tips", "merged_into", schema="tips")
    op.drop_column("tips", "against_agency", schema="tips")
    op.drop_column("tips", "desk", schema="tips")
    op.drop_column("tips", "region", schema="tips")
    op.drop_column("tips", "channel", schema="tips")
    op.drop_table("transfers", schema="tips")
    op.drop_table("recusals", schema="tips")
    op.drop_table("disputes", schema="tips")
    op.drop_index("ix_desk_members_subject", table_name="desk_members", schema="tips")
    op.drop_table("desk_members", schema="tips")
    op.drop_index(
        "ix_deadlines_open", table_name="deadlines", schema="tips", postgresql_where=sa.text("met_on is null")
    )
    op.drop_table("deadlines", schema="tips")
    op.drop_table("receipt_guard", schema="tips")
    op.drop_table("interests", schema="tips")
    op.drop_index("ix_institutions_region", table_name="institutions", schema="tips")
    op.drop_table("institutions", schema="tips")
    op.drop_index("ix_institution_findings_institution_code", table_name="institution_findings", schema="tips")
    op.drop_table("institution_findings", schema="tips")
    op.drop_table("desks", schema="tips")
    op.drop_table("desk_sessions", schema="tips")

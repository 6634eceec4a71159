"""Protection: keys that can be destroyed, files, openings of identities, erasures, proof of filing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d00e7afd44c9"
down_revision = "12f83e39236e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "filing_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tree_size", sa.Integer(), nullable=False),
        sa.Column("root", postgresql.BYTEA(), nullable=False),
        sa.Column("previous", postgresql.BYTEA(), nullable=False),
        sa.Column("head", postgresql.BYTEA(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signature", postgresql.BYTEA(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_filing_days")),
        schema="tips",
    )
    op.create_table(
        "filing_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("public_key", postgresql.BYTEA(), nullable=False),
        sa.Column("first_used_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_filing_keys")),
        schema="tips",
    )
    op.create_table(
        "filings",
        sa.Column("commitment", postgresql.BYTEA(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_filings")),
        schema="tips",
    )
    op.create_index("ix_filings_day", "filings", ["day"], unique=False, schema="tips")
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("metadata_state", sa.Text(), nullable=False),
        sa.Column("scan_state", sa.Text(), nullable=False),
        sa.Column("wrapped_key", postgresql.BYTEA(), nullable=False),
        sa.Column("description", postgresql.BYTEA(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_attachments_tip_id_tips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("tip_id", "fingerprint", name=op.f("uq_attachments_fingerprint")),
        sa.UniqueConstraint("tip_id", "number", name=op.f("uq_attachments_tip_id")),
        schema="tips",
    )
    op.create_table(
        "erasures",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_erasures_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_erasures")),
        schema="tips",
    )
    op.create_table(
        "filing_leaves",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("commitment", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["tips.filing_days.day"], name=op.f("fk_filing_leaves_day_filing_days")),
        sa.PrimaryKeyConstraint("day", "position", name=op.f("pk_filing_leaves")),
        sa.UniqueConstraint("commitment", name=op.f("uq_filing_leaves_commitment")),
        schema="tips",
    )
    op.create_table(
        "identity_openings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("reason", postgresql.BYTEA(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decided_by is null or decided_by <> requested_by", name=op.f("ck_identity_openings_two_officers")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_identity_openings_tip_id_tips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_openings")),
        schema="tips",
    )
    op.create_index("ix_identity_openings_tip_id", "identity_openings", ["tip_id"], unique=False, schema="tips")
    op.create_table(
        "tip_keys",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", postgresql.BYTEA(), nullable=True),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("wrapped_private", postgresql.BYTEA(), nullable=False),
        sa.Column("wrapped_envelope", postgresql.BYTEA(), nullable=True),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_tip_keys_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_tip_keys")),
        schema="tips",
    )
    op.create_index("ix_tip_keys_generation", "tip_keys", ["generation"], unique=False, schema="tips")
    # Keys get a table of their own, so that they can be destroyed and kept out of dumps. Tips of before keep their one
    # data key until the worker seals them anew; which of the team's keys it is wrapped for, the row does not tell.
    op.execute(
        "insert into tips.tip_keys (tip_id, public_key, generation, wrapped_private, wrapped_envelope) "
        "select tip_id, null, '', wrapped_key, null from tips.sealed_tips"
    )
    op.drop_column("sealed_tips", "wrapped_key", schema="tips")
    op.add_column("sealed_tips", sa.Column("identity_key_id", sa.Text(), nullable=True), schema="tips")
    op.add_column("sealed_tips", sa.Column("filing", postgresql.BYTEA(), nullable=True), schema="tips")
    # What is published once can be refuted only by its own record; whoever means to change it must first be seen to
    # drop these.
    op.execute(
        """
        create function tips.refuse_change_of_filings() returns trigger language plpgsql as $$
        begin
            raise exception 'filings are append-only';
        end $$
        """
    )
    for table in ("filings", "filing_days", "filing_leaves", "filing_keys"):
        op.execute(
            f"create trigger append_only before update or delete or truncate on tips.{table} "
            "for each statement execute function tips.refuse_change_of_filings()"
        )
    op.execute(
        """
        create function tips.refuse_backdating() returns trigger language plpgsql as $$
        begin
            if exists (select from tips.filing_days where day >= new.day) then
                raise exception 'the day is published';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger not_backdated before insert on tips.filings "
        "for each row execute function tips.refuse_backdating()"
    )


def downgrade() -> None:
    # Tips that were sealed since cannot be read by the program of before; their rows are kept as they are.
    op.add_column("sealed_tips", sa.Column("wrapped_key", postgresql.BYTEA(), nullable=True), schema="tips")
    op.execute(
        "update tips.sealed_tips set wrapped_key = tip_keys.wrapped_private "
        "from tips.tip_keys where tip_keys.tip_id = sealed_tips.tip_id"
    )
    op.execute("update tips.sealed_tips set wrapped_key = '' where wrapped_key is null")
    op.alter_column("sealed_tips", "wrapped_key", nullable=False, schema="tips")
    op.drop_column("sealed_tips", "filing", schema="tips")
    op.drop_column("sealed_tips", "identity_key_id", schema="tips")
    for table in (
        "tip_keys",
        "identity_openings",
        "erasures",
        "attachments",
        "filing_leaves",
        "filings",
        "filing_keys",
        "filing_days",
    ):
        op.drop_table(table, schema="tips")
    op.execute("drop function tips.refuse_backdating()")
    op.execute("drop function tips.refuse_change_of_filings()")

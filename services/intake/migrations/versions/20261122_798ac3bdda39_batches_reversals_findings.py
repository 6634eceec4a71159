"""Named batches, reversals in part, and where findings stand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "798ac3bdda39"
down_revision = "115bee320dee"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settlement_batch",
        sa.Column("owner", sa.Text(), nullable=False, comment="institution code, or the subject of an agency's token"),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("next_line", sa.BigInteger(), nullable=False, comment="first line that was not taken"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.BigInteger(), nullable=False),
        sa.Column("conflict", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False, comment="the end of the body was reached"),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "batch_id", name=op.f("pk_settlement_batch")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_intake_settlement_batch_changed_at"), "settlement_batch", ["changed_at"], unique=False, schema="intake"
    )
    op.create_table(
        "settlement_finding",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="raised, confirmed, dismissed, withdrawn or overturned"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True, comment="at issue; once confirmed, upheld"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_settlement_finding")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_intake_settlement_finding_settlement_ref"),
        "settlement_finding",
        ["settlement_ref"],
        unique=False,
        schema="intake",
    )
    op.create_table(
        "settlement_reversal",
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("reversal_id", sa.Text(), nullable=False, comment="the institution's own id"),
        sa.Column(
            "digest", postgresql.BYTEA(), nullable=False, comment="of the request, to tell a resend from a conflict"
        ),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False, comment="JSON list of [number, quantity_e4, amount_fen]"),
        sa.Column("remaining_fen", sa.BigInteger(), nullable=False, comment="of the settlement, after this reversal"),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("settlement_ref", "reversal_id", name=op.f("pk_settlement_reversal")),
        schema="intake",
    )
    op.add_column(
        "settlement",
        sa.Column("remaining_fen", sa.BigInteger(), nullable=True, comment="null until a part was taken back"),
        schema="intake",
    )
    # Facts wait here for milliseconds: compressing them, or moving them out of the row, costs more than it saves.
    op.execute("alter table intake.outbox set (toast_tuple_target = 8160)")


def downgrade() -> None:
    op.execute("alter table intake.outbox reset (toast_tuple_target)")
    op.drop_column("settlement", "remaining_fen", schema="intake")
    op.drop_table("settlement_reversal", schema="intake")
    op.drop_index(op.f("ix_intake_settlement_finding_settlement_ref"), table_name="settlement_finding", schema="intake")
    op.drop_table("settlement_finding", schema="intake")
    op.drop_index(op.f("ix_intake_settlement_batch_changed_at"), table_name="settlement_batch", schema="intake")
    op.drop_table("settlement_batch", schema="intake")

"""Stock movements and settlement lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "30dfa92c461a"
down_revision = "00d4401cc2ac"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settlement_list",
        sa.Column("list_ref", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "digest", postgresql.BYTEA, nullable=False, comment="of the content, to tell a resend from a conflict"
        ),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gap_count", sa.Integer(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact SettlementListFiled as JSON"),
        sa.PrimaryKeyConstraint("list_ref", name=op.f("pk_settlement_list")),
        sa.UniqueConstraint(
            "institution_code",
            "settlement_id",
            "version",
            name=op.f("uq_settlement_list_institution_code"),
        ),
        schema="intake",
    )
    op.create_table(
        "stock_movement",
        sa.Column("movement_ref", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("movement_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False, comment="from 1; another one only after a deletion"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("batch_number", sa.Text(), nullable=True),
        sa.Column("quantity_e4", sa.BigInteger(), nullable=False),
        sa.Column(
            "effect_e4", sa.BigInteger(), nullable=True, comment="on the balance; null for a count and a deletion"
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=True),
        sa.Column("refers_to", sa.Text(), nullable=True),
        sa.Column("refers_revision", sa.SmallInteger(), nullable=True),
        sa.Column(
            "digest", postgresql.BYTEA, nullable=False, comment="of the content, to tell a resend from a conflict"
        ),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("doubts", sa.Text(), nullable=True, comment="JSON list of [pointer, code]"),
        sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact StockMoved as JSON"),
        sa.PrimaryKeyConstraint("movement_ref", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint(
            "institution_code",
            "movement_id",
            "revision",
            name=op.f("uq_stock_movement_institution_code"),
        ),
        schema="intake",
    )
    op.create_index(
        "ix_stock_movement_item", "stock_movement", ["institution_code", "item_code", "moved_at"], schema="intake"
    )
    op.create_index(
        "ix_stock_movement_deletion",
        "stock_movement",
        ["institution_code", "refers_to"],
        schema="intake",
        postgresql_where=sa.text("kind = 'delete'"),
    )
    op.create_index(
        "ix_stock_movement_settlement",
        "stock_movement",
        ["institution_code", "settlement_id"],
        schema="intake",
        postgresql_where=sa.text("settlement_id is not null"),
    )


def downgrade() -> None:
    op.drop_table("stock_movement", schema="intake")
    op.drop_table("settlement_list", schema="intake")

"""A copy of the registry, as intake states it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "cbf9f1343571"
down_revision = "d8f49cff9cc1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registry_entry",
        sa.Column("kind", sa.Text(), nullable=False, comment="institution, practitioner, department or insured_person"),
        sa.Column("object_code", sa.Text(), nullable=False, comment="key of its fact; of a person the pseudonym"),
        sa.Column(
            "stated_at", sa.DateTime(timezone=True), nullable=False, comment="Instant of the newest fact applied."
        ),
        sa.Column(
            "entry",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The fact: what held when, the whole history.",
        ),
        sa.PrimaryKeyConstraint("kind", "object_code", name=op.f("pk_registry_entry")),
        schema="screening",
    )


def downgrade() -> None:
    op.drop_table("registry_entry", schema="screening")

"""Fee lines that came together are one part of their visit; room in the pages for updates that touch no index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c3f1b7a2d904"
down_revision = "9737df9e3247"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "visit_part",
        sa.Column(
            "serials",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="feedetl_sn of every line of those kept together",
        ),
        schema="intake",
    )
    op.alter_column(
        "visit_part",
        "kind",
        existing_type=sa.TEXT(),
        comment="lines: several of one batch that came together",
        existing_nullable=False,
        schema="intake",
    )
    op.alter_column(
        "visit_part",
        "part_key",
        existing_type=sa.TEXT(),
        comment="feedetl_sn of the first line, setl_id of a settlement",
        existing_comment="feedetl_sn of a line, setl_id of a settlement",
        existing_nullable=False,
        schema="intake",
    )
    # What is encrypted is not made smaller by another attempt, and every visit is updated three times.
    op.execute("alter table intake.visit_part alter column sealed set storage external")
    op.execute("alter table intake.visit_part set (fillfactor = 75)")
    op.execute("alter table intake.visit set (fillfactor = 60)")


def downgrade() -> None:
    # Only the service can give lines parts of their own: it holds the key.
    op.execute(
        "do $$ begin if exists (select from intake.visit_part where kind = 'lines') "
        "then raise exception 'visit_part holds lines that are kept together'; end if; end $$"
    )
    op.execute("alter table intake.visit reset (fillfactor)")
    op.execute("alter table intake.visit_part reset (fillfactor)")
    op.execute("alter table intake.visit_part alter column sealed set storage extended")
    op.alter_column(
        "visit_part",
        "part_key",
        existing_type=sa.TEXT(),
        comment="feedetl_sn of a line, setl_id of a settlement",
        existing_comment="feedetl_sn of the first line, setl_id of a settlement",
        existing_nullable=False,
        schema="intake",
    )
    op.alter_column(
        "visit_part",
        "kind",
        existing_type=sa.TEXT(),
        comment=None,
        existing_comment="lines: several of one batch that came together",
        existing_nullable=False,
        schema="intake",
    )
    op.drop_column("visit_part", "serials", schema="intake")

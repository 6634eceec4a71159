"""states of a rulebook."""

from alembic import op

revision = "f5d13c7bb4c3"
down_revision = "cf946370e5aa"
branch_labels = None
depends_on = None


def _constrain(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_rulebook_{name}"), "rulebook", schema="screening", type_="check")
    op.create_check_constraint(op.f(f"ck_rulebook_{name}"), "rulebook", condition, schema="screening")


def upgrade() -> None:
    _constrain("status", "status in ('draft', 'validated', 'shadow', 'active', 'retired')")
    _constrain("approver", "status in ('draft', 'validated', 'shadow') or approver is not null")


def downgrade() -> None:
    op.execute("update screening.rulebook set status = 'draft' where status in ('validated', 'shadow')")
    _constrain("status", "status in ('draft', 'active', 'retired')")
    _constrain("approver", "status = 'draft' or approver is not null")

"""Deaths of insured persons, settlements by person, and what institutions settled in a month."""

import sqlalchemy as sa
from alembic import op

revision = "7c2d90be41fa"
down_revision = "4e303593a830"
branch_labels = None
depends_on = None

# Deaths that the copy of the registry holds already: of each person the word of the last period counts.
_KNOWN = """
insert into screening.insured_death (insured_ref, died_on, source, stated_at)
select object_code, (entry #>> '{periods,-1,death_date}')::date, entry #>> '{periods,-1,death_source}',
    (entry #>> '{periods,-1,death_stated_at}')::timestamptz
from screening.registry_entry
where kind = 'insured_person' and entry #>> '{periods,-1,death_date}' is not null
"""


def upgrade() -> None:
    op.create_table(
        "insured_death",
        sa.Column("insured_ref", sa.Text(), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True, comment="who said so"),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True, comment="when that was said"),
        sa.PrimaryKeyConstraint("insured_ref", name=op.f("pk_insured_death")),
        schema="screening",
        comment="Insured persons who have died, by the newest fact about each; "
        "whose death was corrected away has no row.",
    )
    op.create_index(
        "ix_settlement_insured_ref",
        "settlement",
        ["insured_ref"],
        unique=False,
        schema="screening",
        postgresql_using="hash",
    )
    op.create_table(
        "institution_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False, comment="total, high_value_consumables or monitored_drugs"),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "institution_code", "measure", name=op.f("pk_institution_month")),
        schema="screening",
        comment="What institutions settled in a month, for their growth in later months.",
    )
    op.execute(_KNOWN)


def downgrade() -> None:
    op.drop_table("institution_month", schema="screening")
    op.drop_index("ix_settlement_insured_ref", table_name="settlement", schema="screening", postgresql_using="hash")
    op.drop_table("insured_death", schema="screening")

"""Tables of what checks and patterns ask of the registry so often that it is kept apart from the whole entries."""

import sqlalchemy as sa

from services.screening.storage.tables import metadata

insured_death = sa.Table(
    "insured_death",
    metadata,
    sa.Column("insured_ref", sa.Text, primary_key=True),
    sa.Column("died_on", sa.Date, nullable=False),
    sa.Column("source", sa.Text, comment="who said so"),
    sa.Column("stated_at", sa.DateTime(timezone=True), comment="when that was said"),
    comment="Insured persons who have died, by the newest fact about each; whose death was corrected away has no row.",
)

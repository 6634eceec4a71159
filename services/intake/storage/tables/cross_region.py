"""Tables of care away from the place of insurance (异地就医), and of settlements that both places report."""

import sqlalchemy as sa

from services.intake.storage.tables.metadata import metadata

settlement_abroad = sa.Table(
    "settlement_abroad",
    metadata,
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("treatment_region", sa.Text, nullable=False),
    sa.Column("insured_region", sa.Text, nullable=False),
    sa.Index("ix_settlement_abroad_insured_region", "insured_region", "settlement_ref"),
    comment="Settlements whose place of insurance is not that of treatment; written with them.",
)

settlement_identity = sa.Table(
    "settlement_identity",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("sender_settlement_id", sa.Text, primary_key=True, comment="medins_setl_id, which both reports carry"),
    sa.Column("settlement_id", sa.Text, nullable=False, comment="of the report that came first, which stands"),
)

settlement_second_report = sa.Table(
    "settlement_second_report",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("settlement_id", sa.Text, primary_key=True, comment="of this report"),
    sa.Column("stands_under", sa.Text, nullable=False, comment="settlement_id of the report that came first"),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("total_fen", sa.BigInteger, nullable=False),
    sa.Column("fund_fen", sa.BigInteger, nullable=False),
    sa.Column("account_fen", sa.BigInteger, nullable=False),
    sa.Column("cash_fen", sa.BigInteger, nullable=False),
    sa.Column("differs", sa.Boolean, nullable=False, comment="its amounts are not those of the first"),
    sa.Index("ix_settlement_second_report_first", "institution_code", "stands_under"),
    comment="The same settlement, reported again by the other region: linked, never counted or stated.",
)

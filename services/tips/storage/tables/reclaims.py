"""Tables of what is taken back of paid rewards: the demands, and the money that came."""

import sqlalchemy as sa

from services.tips.storage.tables.handling import rewards
from services.tips.storage.tables.metadata import metadata

_INSTANT = sa.DateTime(timezone=True)

reward_reclaims = sa.Table(
    "reward_reclaims",
    metadata,
    sa.Column("tip_id", sa.Uuid, sa.ForeignKey(rewards.c.tip_id), primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("exclusion", sa.Text),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", _INSTANT, nullable=False),
    # Random; for the reporter and the payout office, not for the desk. Null before the demand and once erased.
    sa.Column("repayment_number", sa.Uuid, unique=True),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    sa.Column("repaid_fen", sa.BigInteger, nullable=False),
    sa.Column("waiver", sa.Text),
    sa.Column("waived_by", sa.Text),
    sa.Column("waived_at", _INSTANT),
    sa.CheckConstraint("amount_fen > 0 and repaid_fen between 0 and amount_fen", name="amounts"),
    sa.CheckConstraint("decided_by is null or decided_by <> proposed_by", name="two_persons"),
    sa.CheckConstraint(
        "waived_by is null or (waived_by <> proposed_by and waived_by <> decided_by)", name="third_person_waives"
    ),
    sa.Index("ix_reward_reclaims_demanded", "decided_at", postgresql_where=sa.text("state = 'demanded'")),
)

reward_repayments = sa.Table(
    "reward_repayments",
    metadata,
    # Number of the voucher of the payout office: the same money is counted once.
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("tip_id", sa.Uuid, nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("noted_by", sa.Text, nullable=False),
    sa.Column("noted_at", _INSTANT, nullable=False),
    # First day of the period whose published statistics deduct it; null until one does.
    sa.Column("deducted_in", sa.Date),
    sa.CheckConstraint("amount_fen > 0", name="amount"),
    sa.ForeignKeyConstraint(["tip_id", "number"], [reward_reclaims.c.tip_id, reward_reclaims.c.number]),
    sa.Index("ix_reward_repayments_reclaim", "tip_id", "number"),
    sa.Index("ix_reward_repayments_not_deducted", "noted_at", postgresql_where=sa.text("deducted_in is null")),
)

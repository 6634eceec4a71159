"""What institutions sent and when: for gaps in their numbering, and to notice those that fell silent."""

import sqlalchemy as sa

from services.intake.storage.tables.metadata import metadata

institution_activity = sa.Table(
    "institution_activity",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("hour", sa.DateTime(timezone=True), primary_key=True, comment="beginning of the hour"),
    sa.Column("settlements", sa.Integer, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_institution_activity_hour", "hour"),
)

interface_message = sa.Table(
    "interface_message",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, comment="of the sender's clock, within the number of the message"),
    sa.Column("message_id", sa.Text, primary_key=True, comment="msgid"),
    sa.Index("ix_interface_message_day", "day"),
    comment="Numbers of messages of the national interface that came; nothing of what they said.",
)

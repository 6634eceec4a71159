"""Tables of the national interface: visits and their parts as they came, signing credentials, nonces, sign-ins."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.intake.storage.tables.metadata import metadata
from services.kit.interface_access.tables import access_tables

_instant = sa.DateTime(timezone=True)

visit = sa.Table(
    "visit",
    metadata,
    sa.Column("visit_ref", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("visit_id", sa.Text, nullable=False, comment="mdtrt_id, the institution's or ours"),
    sa.Column("kind", sa.Text, nullable=False, comment="outpatient or inpatient"),
    sa.Column("in_house_number", sa.Text, comment="ipt_otp_no or ipt_no"),
    sa.Column("insured_ref", sa.Text, nullable=False, comment="pseudonym"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("missing", postgresql.JSONB, nullable=False, comment="what its settlements wait for"),
    sa.Column("opened_at", _instant, nullable=False),
    sa.Column("changed_at", _instant, nullable=False),
    sa.Column("expires_at", _instant, comment="when it is given up; null once nothing is awaited"),
    sa.UniqueConstraint("institution_code", "visit_id"),
    sa.Index("ix_visit_state", "institution_code", "state", "visit_ref"),
    sa.Index("ix_visit_expires_at", "expires_at", postgresql_where=sa.text("expires_at is not null")),
    # A registration that is sent again must find the id it was given.
    sa.Index(
        "uq_visit_in_house_number",
        "institution_code",
        "kind",
        "in_house_number",
        unique=True,
        postgresql_where=sa.text("in_house_number is not null and state <> 'cancelled'"),
    ),
)

# No foreign key: parts are only written while their visit is locked, and the check would cost a read per line.
visit_part = sa.Table(
    "visit_part",
    metadata,
    sa.Column("visit_ref", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, comment="lines: several of one batch that came together"),
    sa.Column("part_key", sa.Text, nullable=False, comment="feedetl_sn of the first line, setl_id of a settlement"),
    sa.Column("batch", sa.Text, nullable=False, comment="chrg_bchno of a line, the slot of a settlement"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("settlement_id", sa.Text, comment="settlement that took the line"),
    sa.Column("digest", postgresql.BYTEA, nullable=False, comment="of the content, to tell a resend from a conflict"),
    sa.Column("sealed", postgresql.BYTEA, nullable=False, comment="the node as it came, encrypted: it names persons"),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("received_at", _instant, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.Column("serials", postgresql.ARRAY(sa.Text), comment="feedetl_sn of every line of those kept together"),
    sa.PrimaryKeyConstraint("visit_ref", "kind", "part_key"),
)

interface_credential, interface_nonce = access_tables(metadata)

interface_sign_in = sa.Table(
    "interface_sign_in",
    metadata,
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("sign_no", sa.Text, nullable=False),
    sa.Column("operator_ref", sa.Text, nullable=False, comment="keyed hash of opter_no"),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("signed_in_at", _instant, nullable=False),
    sa.Column("signed_out_at", _instant),
    sa.PrimaryKeyConstraint("institution_code", "sign_no"),
    sa.Index(
        "uq_interface_sign_in_day",
        "institution_code",
        "operator_ref",
        "business_date",
        unique=True,
        postgresql_where=sa.text("signed_out_at is null"),
    ),
)

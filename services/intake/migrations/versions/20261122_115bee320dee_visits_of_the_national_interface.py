"""Visits of the national interface, its credentials, nonces and sign-ins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "115bee320dee"
down_revision = "30dfa92c461a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interface_credential",
        sa.Column("key_id", sa.Text(), nullable=False, comment="x-tif-paasid"),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column(
            "sealed_secret", postgresql.BYTEA(), nullable=False, comment="encrypted; the scheme needs the secret"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_interface_credential")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_intake_interface_credential_institution_code"),
        "interface_credential",
        ["institution_code"],
        unique=False,
        schema="intake",
    )
    op.create_table(
        "interface_nonce",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "nonce", name=op.f("pk_interface_nonce")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_intake_interface_nonce_expires_at"), "interface_nonce", ["expires_at"], unique=False, schema="intake"
    )
    op.create_table(
        "interface_sign_in",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("sign_no", sa.Text(), nullable=False),
        sa.Column("operator_ref", sa.Text(), nullable=False, comment="keyed hash of opter_no"),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("institution_code", "sign_no", name=op.f("pk_interface_sign_in")),
        schema="intake",
    )
    op.create_index(
        "uq_interface_sign_in_day",
        "interface_sign_in",
        ["institution_code", "operator_ref", "business_date"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("signed_out_at is null"),
    )
    op.create_table(
        "visit",
        sa.Column("visit_ref", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False, comment="mdtrt_id, the institution's or ours"),
        sa.Column("kind", sa.Text(), nullable=False, comment="outpatient or inpatient"),
        sa.Column("in_house_number", sa.Text(), nullable=True, comment="ipt_otp_no or ipt_no"),
        sa.Column("insured_ref", sa.Text(), nullable=False, comment="pseudonym"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="what its settlements wait for"
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it is given up; null once nothing is awaited",
        ),
        sa.PrimaryKeyConstraint("visit_ref", name=op.f("pk_visit")),
        sa.UniqueConstraint("institution_code", "visit_id", name=op.f("uq_visit_institution_code")),
        schema="intake",
    )
    op.create_index(
        "ix_visit_expires_at",
        "visit",
        ["expires_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("expires_at is not null"),
    )
    op.create_index(
        "ix_visit_state", "visit", ["institution_code", "state", "visit_ref"], unique=False, schema="intake"
    )
    op.create_index(
        "uq_visit_in_house_number",
        "visit",
        ["institution_code", "kind", "in_house_number"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("in_house_number is not null and state <> 'cancelled'"),
    )
    op.create_table(
        "visit_part",
        sa.Column("visit_ref", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part_key", sa.Text(), nullable=False, comment="feedetl_sn of a line, setl_id of a settlement"),
        sa.Column("batch", sa.Text(), nullable=False, comment="chrg_bchno of a line, the slot of a settlement"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=True, comment="settlement that took the line"),
        sa.Column(
            "digest", postgresql.BYTEA(), nullable=False, comment="of the content, to tell a resend from a conflict"
        ),
        sa.Column(
            "sealed", postgresql.BYTEA(), nullable=False, comment="the node as it came, encrypted: it names persons"
        ),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("visit_ref", "kind", "part_key", name=op.f("pk_visit_part")),
        schema="intake",
    )


def downgrade() -> None:
    op.drop_table("visit_part", schema="intake")
    op.drop_index(
        "uq_visit_in_house_number",
        table_name="visit",
        schema="intake",
        postgresql_where=sa.text("in_house_number is not null and state <> 'cancelled'"),
    )
    op.drop_index("ix_visit_state", table_name="visit", schema="intake")
    op.drop_index(
        "ix_visit_expires_at", table_name="visit", schema="intake", postgresql_where=sa.text("expires_at is not null")
    )
    op.drop_table("visit", schema="intake")
    op.drop_index(
        "uq_interface_sign_in_day",
        table_name="interface_sign_in",
        schema="intake",
        postgresql_where=sa.text("signed_out_at is null"),
    )
    op.drop_table("interface_sign_in", schema="intake")
    op.drop_index(op.f("ix_intake_interface_nonce_expires_at"), table_name="interface_nonce", schema="intake")
    op.drop_table("interface_nonce", schema="intake")
    op.drop_index(
        op.f("ix_intake_interface_credential_institution_code"), table_name="interface_credential", schema="intake"
    )
    op.drop_table("interface_credential", schema="intake")

"""Statements of the registry and the periods derived from them, the sealed key of pseudonyms, both regions' reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "00d4401cc2ac"
down_revision = "19a6b3cde9a0"
branch_labels = None
depends_on = None

# What was registered before becomes the first statement: an institution since its agreement, a person since always.
_INSTITUTIONS = """
insert into intake.registry_statement
    (statement_id, kind, object_code, source, stated_at, effective_from, fields, recorded_at)
select gen_random_uuid(), 'institution', code, 'registry', changed_at, least(agreement_from, changed_at::date),
    jsonb_build_object('name', name, 'level', level, 'region', region, 'agreement_from', agreement_from,
        'agreement_until', agreement_until, 'status', case when active then 'active' else 'suspended' end),
    changed_at
from intake.institution
"""

_PRACTITIONERS = """
insert into intake.registry_statement
    (statement_id, kind, object_code, source, stated_at, effective_from, fields, recorded_at)
select gen_random_uuid(), 'practitioner', code, 'registry', changed_at, date '1900-01-01',
    jsonb_build_object('category', category, 'name', name, 'active', active, 'registrations',
        coalesce((select jsonb_agg(jsonb_build_object('institution_code', one)) from unnest(institution_codes) as one),
            '[]'::jsonb)),
    changed_at
from intake.practitioner
"""

# Pseudonyms of settlements from before this are of the secret itself; the first process to start keeps that key.
_UNKEPT_KEY = """
insert into intake.pseudonym_key (sealed_under, sealed, sealed_at)
select '-', '', now() where exists (select from intake.settlement)
"""

_INSTITUTIONS_BACK = """
insert into intake.institution (code, kind, name, level, region, agreement_from, agreement_until, active, changed_at)
select distinct on (object_code) object_code, case when object_code like 'H%' then 'hospital' else 'pharmacy' end,
    coalesce(fields ->> 'name', ''), (fields ->> 'level')::smallint, fields ->> 'region',
    (fields ->> 'agreement_from')::date, (fields ->> 'agreement_until')::date,
    coalesce(fields ->> 'status', 'active') = 'active', now()
from intake.registry_period
where kind = 'institution' and fields ?& array['level', 'region', 'agreement_from']
order by object_code, effective_from desc
"""

_PRACTITIONERS_BACK = """
insert into intake.practitioner (code, category, name, institution_codes, active, changed_at)
select distinct on (object_code) object_code, fields ->> 'category', coalesce(fields ->> 'name', ''),
    array(select distinct one ->> 'institution_code' from jsonb_array_elements(fields -> 'registrations') as one),
    coalesce((fields ->> 'active')::boolean, true), now()
from intake.registry_period
where kind = 'practitioner' and fields ? 'category' order by object_code, effective_from desc
"""

_PERIODS = """
insert into intake.registry_period (kind, object_code, effective_from, fields, sources)
select kind, object_code, effective_from, fields,
    (select jsonb_object_agg(name, 'registry') from jsonb_object_keys(fields) as name)
from intake.registry_statement
"""


def upgrade() -> None:
    op.create_table(
        "pseudonym_key",
        sa.Column("sealed_under", sa.Text(), nullable=False, comment="fingerprint of the secret that opens it"),
        sa.Column("sealed", postgresql.BYTEA(), nullable=False, comment="the one key of pseudonyms, encrypted"),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sealed_under", name=op.f("pk_pseudonym_key")),
        schema="intake",
        comment="One key, sealed once for each secret in use; two rows only while the secret is being changed.",
    )
    op.create_table(
        "registry_day",
        sa.Column(
            "day", sa.Date(), nullable=False, comment="through which changes of the calendar were stated as facts"
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_registry_day")),
        schema="intake",
    )
    op.create_table(
        "registry_period",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="source of each field"),
        sa.PrimaryKeyConstraint("kind", "object_code", "effective_from", name=op.f("pk_registry_period")),
        schema="intake",
        comment="What held when, derived from the statements whenever one is added.",
    )
    op.create_index(
        "ix_registry_period_effective_from", "registry_period", ["effective_from"], unique=False, schema="intake"
    )
    op.create_index(
        "ix_registry_period_effective_until", "registry_period", ["effective_until"], unique=False, schema="intake"
    )
    op.create_index(
        "ix_registry_period_practitioner",
        "registry_period",
        ["fields"],
        unique=False,
        schema="intake",
        postgresql_using="gin",
        postgresql_ops={"fields": "jsonb_path_ops"},
        postgresql_where=sa.text("kind = 'practitioner'"),
    )
    op.create_table(
        "registry_statement",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="institution, department, practitioner or insured_person"),
        sa.Column("object_code", sa.Text(), nullable=False, comment="a code, or the pseudonym of an insured person"),
        sa.Column("source", sa.Text(), nullable=False, comment="who says so"),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True, comment="last day; null when no end is known"),
        sa.Column(
            "fields",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what is said; names of practitioners stay here",
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_registry_statement")),
        schema="intake",
        comment="What sources said about objects of the registry; rows are only added.",
    )
    op.create_index(
        "ix_registry_statement_object", "registry_statement", ["kind", "object_code"], unique=False, schema="intake"
    )
    op.create_table(
        "settlement_abroad",
        sa.Column("settlement_ref", sa.Uuid(), nullable=False),
        sa.Column("treatment_region", sa.Text(), nullable=False),
        sa.Column("insured_region", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("settlement_ref", name=op.f("pk_settlement_abroad")),
        schema="intake",
        comment="Settlements whose place of insurance is not that of treatment; written with them.",
    )
    op.create_index(
        "ix_settlement_abroad_insured_region",
        "settlement_abroad",
        ["insured_region", "settlement_ref"],
        unique=False,
        schema="intake",
    )
    op.create_table(
        "settlement_identity",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column(
            "sender_settlement_id", sa.Text(), nullable=False, comment="medins_setl_id, which both reports carry"
        ),
        sa.Column("settlement_id", sa.Text(), nullable=False, comment="of the report that came first, which stands"),
        sa.PrimaryKeyConstraint("institution_code", "sender_settlement_id", name=op.f("pk_settlement_identity")),
        schema="intake",
    )
    op.create_table(
        "settlement_second_report",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("settlement_id", sa.Text(), nullable=False, comment="of this report"),
        sa.Column("stands_under", sa.Text(), nullable=False, comment="settlement_id of the report that came first"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("fund_fen", sa.BigInteger(), nullable=False),
        sa.Column("account_fen", sa.BigInteger(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("differs", sa.Boolean(), nullable=False, comment="its amounts are not those of the first"),
        sa.PrimaryKeyConstraint("institution_code", "settlement_id", name=op.f("pk_settlement_second_report")),
        schema="intake",
        comment="The same settlement, reported again by the other region: linked, never counted or stated.",
    )
    op.create_index(
        "ix_settlement_second_report_first",
        "settlement_second_report",
        ["institution_code", "stands_under"],
        unique=False,
        schema="intake",
    )
    op.execute(_INSTITUTIONS)
    op.execute(_PRACTITIONERS)
    op.execute(_PERIODS)
    op.execute(_UNKEPT_KEY)
    op.drop_table("practitioner", schema="intake")
    op.drop_table("institution", schema="intake")


def downgrade() -> None:
    op.create_table(
        "institution",
        sa.Column("code", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("name", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("level", sa.SMALLINT(), autoincrement=False, nullable=False),
        sa.Column("region", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("agreement_from", sa.DATE(), autoincrement=False, nullable=False),
        sa.Column("agreement_until", sa.DATE(), autoincrement=False, nullable=True),
        sa.Column("active", sa.BOOLEAN(), autoincrement=False, nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institution")),
        schema="intake",
    )
    op.create_table(
        "practitioner",
        sa.Column("code", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("category", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column(
            "name", sa.TEXT(), autoincrement=False, nullable=False, comment="personal data; stays in this schema"
        ),
        sa.Column("institution_codes", postgresql.ARRAY(sa.TEXT()), autoincrement=False, nullable=False),
        sa.Column("active", sa.BOOLEAN(), autoincrement=False, nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_practitioner")),
        schema="intake",
    )
    op.execute(_INSTITUTIONS_BACK)
    op.execute(_PRACTITIONERS_BACK)
    op.drop_index("ix_settlement_second_report_first", table_name="settlement_second_report", schema="intake")
    op.drop_table("settlement_second_report", schema="intake")
    op.drop_table("settlement_identity", schema="intake")
    op.drop_index("ix_settlement_abroad_insured_region", table_name="settlement_abroad", schema="intake")
    op.drop_table("settlement_abroad", schema="intake")
    op.drop_index("ix_registry_statement_object", table_name="registry_statement", schema="intake")
    op.drop_table("registry_statement", schema="intake")
    op.drop_index(
        "ix_registry_period_practitioner",
        table_name="registry_period",
        schema="intake",
        postgresql_using="gin",
        postgresql_ops={"fields": "jsonb_path_ops"},
        postgresql_where=sa.text("kind = 'practitioner'"),
    )
    op.drop_index("ix_registry_period_effective_until", table_name="registry_period", schema="intake")
    op.drop_index("ix_registry_period_effective_from", table_name="registry_period", schema="intake")
    op.drop_table("registry_period", schema="intake")
    op.drop_table("registry_day", schema="intake")
    op.drop_table("pseudonym_key", schema="intake")

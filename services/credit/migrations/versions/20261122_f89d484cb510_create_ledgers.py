"""create ledgers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f89d484cb510"
down_revision = None
branch_labels = None
depends_on = None

LEDGERS = ("sanction", "points_entry", "entry_finding", "score_entry")
"""Tables that are only ever added to: a correction is an entry of its own."""

FORBID_CHANGE = """
create function credit.forbid_change() returns trigger language plpgsql as $$
begin
    raise exception 'ledger % is append-only: % refused', tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation';
end
$$
"""


def upgrade() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.BYTEA(), nullable=False),
        sa.Column("error_class", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="parked", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_dead_letter")),
        schema="credit",
    )
    op.create_table(
        "finding",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("practitioner_codes", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("rule_code", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Null while only its end is known, which then came first.",
        ),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("ended_by in ('finding_overturned', 'finding_withdrawn')", name=op.f("ck_finding_ended_by")),
        sa.CheckConstraint("confirmed_at is not null or ended_at is not null", name=op.f("ck_finding_known")),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_finding")),
        schema="credit",
    )
    op.create_index(
        "ix_finding_standing",
        "finding",
        ["institution_code", "finding_id"],
        unique=False,
        schema="credit",
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        schema="credit",
    )
    op.create_table(
        "institution",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "stated_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Instant of the newest registry fact applied.",
        ),
        sa.PrimaryKeyConstraint("institution_code", name=op.f("pk_institution")),
        schema="credit",
    )
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.BYTEA(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_outbox")),
        schema="credit",
    )
    op.create_table(
        "practitioner",
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("institution_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "stated_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Instant of the newest registry fact applied.",
        ),
        sa.PrimaryKeyConstraint("practitioner_code", name=op.f("pk_practitioner")),
        schema="credit",
    )
    op.create_index(
        "ix_practitioner_institution_codes",
        "practitioner",
        ["institution_codes"],
        unique=False,
        schema="credit",
        postgresql_using="gin",
    )
    op.create_table(
        "rating",
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("score_e2", sa.Integer(), nullable=True, comment="Null until the first rating is stated."),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.Text(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("institution_code", name=op.f("pk_rating")),
        schema="credit",
        comment="The rating last stated to others; the ledger is the truth. Its row is the lock of the institution.",
    )
    op.create_table(
        "sanction",
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("deciding_authority", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("digest", postgresql.BYTEA(), nullable=False, comment="SHA-256 of the request in canonical form."),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False, comment="Subject of the officer's token."),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("pk_sanction")),
        schema="credit",
    )
    op.create_index(
        "ix_sanction_institution_code", "sanction", ["institution_code", "sanction_id"], unique=False, schema="credit"
    )
    op.create_table(
        "score_entry",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("delta_e2", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("counters_entry_id", sa.Uuid(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_score_entry")),
        sa.UniqueConstraint("cause_id", "cause", name=op.f("uq_score_entry_cause_id")),
        sa.UniqueConstraint("counters_entry_id", name=op.f("uq_score_entry_counters_entry_id")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_score_entry_entry_id")),
        schema="credit",
    )
    op.create_index(
        "ix_score_entry_institution_code",
        "score_entry",
        ["institution_code", "year", "position"],
        unique=False,
        schema="credit",
    )
    op.create_table(
        "measure",
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "undone_at", sa.DateTime(timezone=True), nullable=True, comment="When its ground fell; it then never stood."
        ),
        sa.CheckConstraint("kind in ('suspension', 'termination')", name=op.f("ck_measure_kind")),
        sa.CheckConstraint("effective_from < effective_until", name=op.f("ck_measure_period")),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["credit.sanction.sanction_id"], name=op.f("fk_measure_sanction_id_sanction")
        ),
        sa.PrimaryKeyConstraint("measure_id", name=op.f("pk_measure")),
        schema="credit",
    )
    op.create_index(
        "ix_measure_standing",
        "measure",
        ["practitioner_code", "effective_from"],
        unique=False,
        schema="credit",
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "points_entry",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("violation_number", sa.SmallInteger(), nullable=False),
        sa.Column("institution_code", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("band", sa.SmallInteger(), nullable=False),
        sa.Column("band_cause", sa.Text(), nullable=False),
        sa.Column("degree", sa.Text(), nullable=False),
        sa.Column("modifier", sa.Text(), nullable=False),
        sa.Column("finding_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("counters_entry_id", sa.Uuid(), nullable=True),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.CheckConstraint("(counters_entry_id is null) = (cause_id is null)", name=op.f("ck_points_entry_cause")),
        sa.CheckConstraint("(points > 0) = (counters_entry_id is null)", name=op.f("ck_points_entry_sign")),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["credit.sanction.sanction_id"], name=op.f("fk_points_entry_sanction_id_sanction")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("counters_entry_id", name=op.f("uq_points_entry_counters_entry_id")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_points_entry_entry_id")),
        schema="credit",
    )
    op.create_index(
        "ix_points_entry_practitioner_code",
        "points_entry",
        ["practitioner_code", "position"],
        unique=False,
        schema="credit",
    )
    op.create_index("ix_points_entry_sanction_id", "points_entry", ["sanction_id"], unique=False, schema="credit")
    op.create_table(
        "entry_finding",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_code", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit.points_entry.entry_id"], name=op.f("fk_entry_finding_entry_id_points_entry")
        ),
        sa.PrimaryKeyConstraint("finding_id", "practitioner_code", name=op.f("pk_entry_finding")),
        schema="credit",
    )
    op.execute(FORBID_CHANGE)
    for ledger in LEDGERS:
        op.execute(
            f"create trigger append_only before update or delete on credit.{ledger} "
            "for each row execute function credit.forbid_change()"
        )
        op.execute(
            f"create trigger append_only_whole before truncate on credit.{ledger} "
            "for each statement execute function credit.forbid_change()"
        )


def downgrade() -> None:
    op.drop_table("entry_finding", schema="credit")
    op.drop_index("ix_points_entry_sanction_id", table_name="points_entry", schema="credit")
    op.drop_index("ix_points_entry_practitioner_code", table_name="points_entry", schema="credit")
    op.drop_table("points_entry", schema="credit")
    op.drop_index(
        "ix_measure_standing", table_name="measure", schema="credit", postgresql_where=sa.text("undone_at IS NULL")
    )
    op.drop_table("measure", schema="credit")
    op.drop_index("ix_score_entry_institution_code", table_name="score_entry", schema="credit")
    op.drop_table("score_entry", schema="credit")
    op.drop_index("ix_sanction_institution_code", table_name="sanction", schema="credit")
    op.drop_table("sanction", schema="credit")
    op.drop_table("rating", schema="credit")
    op.drop_index(
        "ix_practitioner_institution_codes", table_name="practitioner", schema="credit", postgresql_using="gin"
    )
    op.drop_table("practitioner", schema="credit")
    op.drop_table("outbox", schema="credit")
    op.drop_table("institution", schema="credit")
    op.drop_table("inbox", schema="credit")
    op.drop_index(
        "ix_finding_standing",
        table_name="finding",
        schema="credit",
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.drop_table("finding", schema="credit")
    op.drop_table("dead_letter", schema="credit")
    op.execute("drop function credit.forbid_change()")

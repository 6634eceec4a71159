"""Rewards with shares, payouts, published statistics and cases, social supervisors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0d021a278597"
down_revision = "578180ef022c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statistics_publications",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.literal_column("daterange(first_day, last_day, '[]')"), "&&"),
            using="gist",
            name="ex_statistics_publications_overlap",
        ),
        sa.PrimaryKeyConstraint("first_day", name=op.f("pk_statistics_publications")),
        schema="tips",
    )
    op.create_table(
        "supervisors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("term_from", sa.Date(), nullable=False),
        sa.Column("term_until", sa.Date(), nullable=False),
        sa.Column("appointed_by", sa.Text(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("appointed_by <> subject", name=op.f("ck_supervisors_not_oneself")),
        sa.CheckConstraint("term_from <= term_until", name=op.f("ck_supervisors_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisors")),
        sa.UniqueConstraint("certificate", name=op.f("uq_supervisors_certificate")),
        schema="tips",
    )
    op.create_index("ix_supervisors_subject", "supervisors", ["subject", "term_from"], unique=False, schema="tips")
    op.create_table(
        "typical_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "approved_by is null or approved_by <> prepared_by", name=op.f("ck_typical_cases_two_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typical_cases")),
        schema="tips",
    )
    op.create_index(
        "ix_typical_cases_published_on",
        "typical_cases",
        ["published_on"],
        unique=False,
        schema="tips",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("payee", postgresql.BYTEA(), nullable=True),
        sa.Column("payee_key_id", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_payouts_tip_id_tips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("tip_id", name=op.f("uq_payouts_tip_id")),
        schema="tips",
    )
    op.create_table(
        "supervisor_reports",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["tips.supervisors.id"], name=op.f("fk_supervisor_reports_supervisor_id_supervisors")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tips.tips.id"], name=op.f("fk_supervisor_reports_tip_id_tips")),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_supervisor_reports")),
        schema="tips",
    )
    op.create_index(
        "ix_supervisor_reports_supervisor_id", "supervisor_reports", ["supervisor_id"], unique=False, schema="tips"
    )
    op.add_column("rewards", sa.Column("matter_id", sa.Uuid(), nullable=True), schema="tips")
    # Rewards of before belong to their own tip alone. A claim of before gets a new token, with a last day, from its
    # reporter's next look.
    op.execute("update tips.rewards set matter_id = tip_id")
    op.alter_column("rewards", "matter_id", nullable=False, schema="tips")
    op.add_column("rewards", sa.Column("place", sa.SmallInteger(), server_default="0", nullable=False), schema="tips")
    op.add_column(
        "rewards", sa.Column("share_part", sa.BigInteger(), server_default="1", nullable=False), schema="tips"
    )
    op.add_column("rewards", sa.Column("share_of", sa.BigInteger(), server_default="1", nullable=False), schema="tips")
    op.add_column(
        "rewards", sa.Column("of_person", sa.Boolean(), server_default=sa.text("false"), nullable=False), schema="tips"
    )
    op.add_column("rewards", sa.Column("exclusion", sa.Text(), nullable=True), schema="tips")
    op.add_column("rewards", sa.Column("extended_by", sa.Text(), nullable=True), schema="tips")
    op.add_column("rewards", sa.Column("token_nonce", postgresql.BYTEA(), nullable=True), schema="tips")
    op.add_column("rewards", sa.Column("token_until", sa.Date(), nullable=True), schema="tips")
    op.add_column("rewards", sa.Column("prepared_by", sa.Text(), nullable=True), schema="tips")
    op.create_index("ix_rewards_matter_id", "rewards", ["matter_id", "place"], unique=False, schema="tips")
    op.create_unique_constraint(op.f("uq_rewards_token_hash"), "rewards", ["token_hash"], schema="tips")
    op.create_foreign_key(
        op.f("fk_rewards_matter_id_tips"),
        "rewards",
        "tips",
        ["matter_id"],
        ["id"],
        source_schema="tips",
        referent_schema="tips",
    )
    op.create_check_constraint(
        op.f("ck_rewards_two_payers"),
        "rewards",
        "paid_by is null or prepared_by is null or paid_by <> prepared_by",
        schema="tips",
    )
    op.execute(
        """
        create function tips.refuse_change_of_statistics() returns trigger language plpgsql as $$
        begin
            raise exception 'published statistics are append-only';
        end $$
        """
    )
    op.execute(
        "create trigger append_only before update or delete or truncate on tips.statistics_publications "
        "for each statement execute function tips.refuse_change_of_statistics()"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_rewards_two_payers"), "rewards", schema="tips", type_="check")
    op.drop_constraint(op.f("fk_rewards_matter_id_tips"), "rewards", schema="tips", type_="foreignkey")
    op.drop_constraint(op.f("uq_rewards_token_hash"), "rewards", schema="tips", type_="unique")
    op.drop_index("ix_rewards_matter_id", table_name="rewards", schema="tips")
    op.drop_column("rewards", "prepared_by", schema="tips")
    op.drop_column("rewards", "token_until", schema="tips")
    op.drop_column("rewards", "token_nonce", schema="tips")
    op.drop_column("rewards", "extended_by", schema="tips")
    op.drop_column("rewards", "exclusion", schema="tips")
    op.drop_column("rewards", "of_person", schema="tips")
    op.drop_column("rewards", "share_of", schema="tips")
    op.drop_column("rewards", "share_part", schema="tips")
    op.drop_column("rewards", "place", schema="tips")
    op.drop_column("rewards", "matter_id", schema="tips")
    op.drop_index("ix_supervisor_reports_supervisor_id", table_name="supervisor_reports", schema="tips")
    op.drop_table("supervisor_reports", schema="tips")
    op.drop_table("payouts", schema="tips")
    op.drop_index(
        "ix_typical_cases_published_on",
        table_name="typical_cases",
        schema="tips",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_table("typical_cases", schema="tips")
    op.drop_index("ix_supervisors_subject", table_name="supervisors", schema="tips")
    op.drop_table("supervisors", schema="tips")
    op.drop_table("statistics_publications", schema="tips")
    op.execute("drop function tips.refuse_change_of_statistics()")

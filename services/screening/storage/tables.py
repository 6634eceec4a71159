"""Tables of the screening schema."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.kit.db import service_metadata, spine_tables

metadata = service_metadata("screening")
outbox, inbox, dead_letter = spine_tables(metadata)

_instant = sa.DateTime(timezone=True)

rulebook = sa.Table(
    "rulebook",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("content", postgresql.JSONB, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("drafted_at", _instant, nullable=False),
    sa.Column("approver", sa.Text),
    sa.Column("activated_at", _instant),
    sa.Column("retired_at", _instant),
    sa.Column(
        "editors",
        postgresql.ARRAY(sa.Text),
        nullable=False,
        server_default="{}",
        comment="who imported into it or confirmed in it; none of them may activate it",
    ),
    sa.Column("validated_at", _instant),
    sa.Column("report", postgresql.JSONB(none_as_null=True), comment="of the last validation of this content"),
    sa.Column("shadowed_at", _instant),
    sa.CheckConstraint("status in ('draft', 'validated', 'shadow', 'active', 'retired')", name="status"),
    sa.CheckConstraint("status in ('draft', 'validated', 'shadow') or approver is not null", name="approver"),
)
sa.Index("uq_rulebook_active", rulebook.c.status, unique=True, postgresql_where=rulebook.c.status == "active")
sa.Index("uq_rulebook_shadow", rulebook.c.status, unique=True, postgresql_where=rulebook.c.status == "shadow")

settlement = sa.Table(
    "settlement",
    metadata,
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("insured_ref", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, comment="Null while only the reversal is known."),
    sa.Column("rulebook_version", sa.Text),
    sa.Column("amount_at_issue_fen", sa.BigInteger),
    sa.Column("screened_at", _instant),
    sa.Column("traceparent", sa.Text),
    sa.Column("reversed_at", _instant),
    sa.CheckConstraint("verdict in ('pass', 'review', 'refuse')", name="verdict"),
    sa.CheckConstraint("verdict is not null or reversed_at is not null", name="known"),
)

sa.Index("ix_settlement_institution", settlement.c.institution_code, settlement.c.settlement_id)
# Half the size of a tree, and asked for equality alone: which settlements are of a person whose death is made known.
sa.Index("ix_settlement_insured_ref", settlement.c.insured_ref, postgresql_using="hash")

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("settlement_ref", sa.Uuid, nullable=False),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("practitioner_codes", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("rule_code", sa.Text, nullable=False),
    sa.Column("knowledge_point", sa.Text),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("line_numbers", postgresql.ARRAY(sa.Integer), nullable=False),
    sa.Column("amount_at_issue_fen", sa.BigInteger, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("evidence", postgresql.JSONB, nullable=False),
    sa.Column("text_zh", sa.Text, nullable=False),
    sa.Column("text_en", sa.Text, nullable=False),
    sa.Column("rulebook_version", sa.Text, nullable=False),
    sa.Column("raised_at", _instant, nullable=False),
    sa.Column("raised_by", sa.Text, nullable=False),
    sa.Column("traceparent", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("amount_upheld_fen", sa.BigInteger),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _instant),
    sa.Column("reason", sa.Text),
    sa.Column("overturned_by", sa.Text),
    sa.Column("overturned_at", _instant),
    sa.Column("overturn_reason", sa.Text),
    sa.Column("withdrawn_at", _instant),
    sa.CheckConstraint(
        "status in ('raised', 'confirmed', 'dismissed', 'withdrawn', 'overturned')",
        name="status",
    ),
    sa.CheckConstraint("severity in ('violation', 'suspicion')", name="severity"),
)
sa.Index(
    "uq_finding_fingerprint",
    finding.c.settlement_ref,
    finding.c.fingerprint,
    unique=True,
    postgresql_where=finding.c.status != "withdrawn",
)
sa.Index("ix_finding_institution", finding.c.institution_code, finding.c.id)
sa.Index("ix_finding_status", finding.c.status, finding.c.id)
sa.Index("ix_finding_practitioners", finding.c.practitioner_codes, postgresql_using="gin")

finding_event = sa.Table(
    "finding_event",
    metadata,
    sa.Column("sequence", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("finding_id", sa.Uuid, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("at", _instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    comment="Life of every finding, in order; rows are only added.",
)

ineligibility = sa.Table(
    "ineligibility",
    metadata,
    sa.Column("measure_id", sa.Uuid, primary_key=True),
    sa.Column("practitioner_code", sa.Text, nullable=False, index=True),
    sa.Column("effective_from", _instant, comment="Null while only the end of the measure is known."),
    sa.Column("effective_until", _instant),
    sa.Column("lifted_from", _instant, comment="From this instant the measure no longer stands."),
)

registry_entry = sa.Table(
    "registry_entry",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True, comment="institution, practitioner, department or insured_person"),
    sa.Column("object_code", sa.Text, primary_key=True, comment="key of its fact; of a person the pseudonym"),
    sa.Column("stated_at", _instant, nullable=False, comment="Instant of the newest fact applied."),
    sa.Column("entry", postgresql.JSONB, nullable=False, comment="The fact: what held when, the whole history."),
)

tip_attention = sa.Table(
    "tip_attention",
    metadata,
    sa.Column("tip_id", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False, index=True),
    sa.Column("since", _instant, nullable=False),
)

# The fact as it came, so that a claim can be judged again: when another arrives late, when a draft is tried.
claim = sa.Table(
    "claim",
    metadata,
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("settled_at", _instant, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact SettlementAccepted as JSON"),
)
sa.Index("ix_claim_settled_at", claim.c.settled_at, claim.c.settlement_ref)


def _position() -> sa.Column[int]:
    return sa.Column("position", sa.BigInteger, nullable=False, comment="of its claim in the order of settling")


remembered_line = sa.Table(
    "remembered_line",
    metadata,
    sa.Column("insured_ref", sa.Text, primary_key=True),
    sa.Column("item_code", sa.Text, primary_key=True),
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("line_number", sa.Integer, primary_key=True),
    sa.Column("charged_at", _instant, nullable=False),
    sa.Column("quantity_e4", sa.BigInteger, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    _position(),
    comment="Fee lines that some check of a rulebook can ask for again, and no others.",
)
sa.Index("ix_remembered_line_charged_at", remembered_line.c.charged_at, postgresql_using="brin")

visit = sa.Table(
    "visit",
    metadata,
    sa.Column("insured_ref", sa.Text, primary_key=True),
    sa.Column("settlement_ref", sa.Uuid, primary_key=True),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("care_setting", sa.Text, nullable=False),
    sa.Column("medical_type", sa.Text, nullable=False),
    sa.Column("main_diagnosis", sa.Text),
    sa.Column("started_at", _instant, nullable=False),
    sa.Column("ended_at", _instant, nullable=False),
    sa.Column("total_fen", sa.BigInteger, nullable=False),
    _position(),
    comment="Visits of the kinds that some check of a rulebook can ask for again.",
)
sa.Index("ix_visit_ended_at", visit.c.ended_at, postgresql_using="brin")

filed_list = sa.Table(
    "filed_list",
    metadata,
    sa.Column("institution_code", sa.Text, primary_key=True),
    sa.Column("settlement_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("settlement_ref", sa.Uuid, index=True, comment="Null while the settlement has not come."),
    sa.Column("body", postgresql.BYTEA, nullable=False, comment="the fact SettlementListFiled as JSON"),
    comment="The settlement list that stands for a settlement: its highest version.",
)

code_sale = sa.Table(
    "code_sale",
    metadata,
    sa.Column("traceability_code", sa.Text, primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True, comment="0 for the first; its row is the lock of the code."),
    sa.Column("insured_ref", sa.Text, nullable=False),
    sa.Column("settlement_ref", sa.Uuid, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("line_number", sa.Integer, nullable=False),
    sa.Column("sold_at", _instant, nullable=False),
    sa.Column("split_pack", sa.Boolean, nullable=False),
    sa.Column("returned", sa.Boolean, nullable=False),
    _position(),
    sa.Column("reversed_at", _instant, comment="Set when its settlement was reversed: it no longer counts."),
)

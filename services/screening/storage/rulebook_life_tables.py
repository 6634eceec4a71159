"""Tables of a rulebook's life: its steps, proposals from text, what a trial in the shadow finds, and the rails."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.screening.storage.tables import metadata

__all__ = ["metadata"]

_instant = sa.DateTime(timezone=True)

rulebook_step = sa.Table(
    "rulebook_step",
    metadata,
    sa.Column("sequence", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("version", sa.Text, nullable=False, index=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("at", _instant, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("details", postgresql.JSONB(none_as_null=True), comment="of an import: its report"),
    comment="What happened to every rulebook, in order; rows are only added.",
)

condition_proposal = sa.Table(
    "condition_proposal",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("rule_code", sa.Text, nullable=False),
    sa.Column("point_id", sa.Text, nullable=False),
    sa.Column("point", postgresql.JSONB, nullable=False, comment="the knowledge point without its condition"),
    sa.Column("text", sa.Text, nullable=False, comment="the limit as published"),
    sa.Column("proposed", postgresql.JSONB, nullable=False),
    sa.Column("reading", sa.Text, nullable=False),
    sa.Column("confidence", sa.Text, nullable=False),
    sa.Column("rest", sa.Text, nullable=False, comment="what of the text no condition speaks of"),
    sa.Column("proposed_at", _instant, nullable=False),
    sa.Column("confirmed_at", _instant),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("confirmed", postgresql.JSONB(none_as_null=True)),
    sa.CheckConstraint("reading in ('full', 'part', 'none')", name="reading"),
    sa.CheckConstraint("confidence in ('high', 'medium', 'low')", name="confidence"),
)
sa.Index("uq_condition_proposal_point", condition_proposal.c.version, condition_proposal.c.point_id, unique=True)

history_fill = sa.Table(
    "history_fill",
    metadata,
    sa.Column("version", sa.Text, primary_key=True, comment="the rulebook whose questions history has to answer"),
    sa.Column("not_before", _instant, nullable=False, comment="by then every worker remembers for it"),
    sa.Column("since", _instant, comment="claims settled before this cannot be asked for"),
    sa.Column("until", _instant, comment="claims settled after this were remembered as they came"),
    sa.Column("done_until", _instant),
    sa.Column("claims", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("finished_at", _instant),
    sa.Column("leased_until", _instant),
    comment="Remembering, from kept claims, what only a newer rulebook asks for.",
)

shadow_tally = sa.Table(
    "shadow_tally",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("rule_code", sa.Text, primary_key=True, comment="empty: all claims judged"),
    sa.Column("claims", sa.BigInteger, nullable=False),
    sa.Column("found", sa.BigInteger, nullable=False),
    sa.Column("found_fen", sa.BigInteger, nullable=False),
    sa.Column("active", sa.BigInteger, nullable=False, comment="findings of the same rule in the active rulebook"),
    sa.Column("active_fen", sa.BigInteger, nullable=False),
    sa.Column("new", sa.BigInteger, nullable=False),
    sa.Column("gone", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.BigInteger, nullable=False),
    comment="What a rulebook in the shadow finds beside the active one; exact.",
)

held_finding = sa.Table(
    "held_finding",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("rulebook_version", sa.Text, nullable=False),
    sa.Column("rule_code", sa.Text, nullable=False),
    sa.Column("settlement_ref", sa.Uuid, nullable=False),
    sa.Column("settlement_id", sa.Text, nullable=False),
    sa.Column("institution_code", sa.Text, nullable=False),
    sa.Column("knowledge_point", sa.Text),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("line_numbers", postgresql.ARRAY(sa.Integer), nullable=False),
    sa.Column("amount_at_issue_fen", sa.BigInteger, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("held_at", _instant, nullable=False),
    sa.Column("text_zh", sa.Text, comment="only of samples"),
    sa.Column("text_en", sa.Text),
    sa.Column("settled_by", sa.Text, comment="who had it raised after all"),
    sa.Column("settled_at", _instant),
    sa.CheckConstraint("purpose in ('shadow', 'paused', 'budget')", name="purpose"),
    comment="Findings that were not sent: in the shadow (samples), of a paused rule, beyond a budget.",
)
sa.Index(
    "uq_held_finding",
    held_finding.c.rule_code,
    held_finding.c.settlement_ref,
    held_finding.c.fingerprint,
    unique=True,
    postgresql_where=held_finding.c.purpose != "shadow",
)
sa.Index("ix_held_finding_list", held_finding.c.purpose, held_finding.c.rule_code, held_finding.c.id)
sa.Index("ix_held_finding_held_at", held_finding.c.held_at, postgresql_using="brin")

rule_day = sa.Table(
    "rule_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("rule_code", sa.Text, primary_key=True, comment="empty: all rules; only claims are counted"),
    sa.Column("claims", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("findings", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("suspicions", sa.BigInteger, nullable=False, server_default="0", comment="that were raised"),
    sa.Column("failures", sa.BigInteger, nullable=False, server_default="0"),
    comment="How often each rule strikes on each business day of screening.",
)

rule_pause = sa.Table(
    "rule_pause",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("rule_code", sa.Text, nullable=False, index=True),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("paused_at", _instant, nullable=False),
    sa.Column("paused_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("figures", postgresql.JSONB(none_as_null=True)),
    sa.Column("resumed_at", _instant),
    sa.Column("resumed_by", sa.Text),
    sa.Column("resume_reason", sa.Text),
    sa.Column("exempt_until", _instant, comment="until then it is not paused by itself again"),
    sa.CheckConstraint("cause in ('jump', 'share', 'failures', 'person')", name="cause"),
)
sa.Index(
    "uq_rule_pause_open",
    rule_pause.c.rule_code,
    unique=True,
    postgresql_where=rule_pause.c.resumed_at.is_(None),
)

rule_budget = sa.Table(
    "rule_budget",
    metadata,
    sa.Column("rule_code", sa.Text, primary_key=True),
    sa.Column("per_day", sa.Integer, nullable=False, comment="suspicions raised on one business day"),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", _instant, nullable=False),
    sa.CheckConstraint("per_day >= 0", name="per_day"),
)

"""Tables of the credit schema; a ledger's rows are never updated or deleted, triggers of the migration see to it."""

from services.credit.storage.tables.changes import change, change_counter, webhook, webhook_attempt
from services.credit.storage.tables.draws import (
    draw_cancellation,
    draw_commitment,
    draw_publication,
    draw_result,
    draw_selection,
    inspection_draw,
    inspector_entry,
)
from services.credit.storage.tables.insured import insured_access, insured_entry
from services.credit.storage.tables.jobs import region_job, region_job_number, region_job_result
from services.credit.storage.tables.metadata import dead_letter, inbox, metadata, outbox
from services.credit.storage.tables.overrides import rating_override
from services.credit.storage.tables.points import (
    agreement_link,
    entry_finding,
    finding,
    measure,
    points_entry,
    sanction,
)
from services.credit.storage.tables.procedure import matter, matter_step, proposal, sanction_annulment, term_change
from services.credit.storage.tables.ratings import (
    annual_rating,
    rating,
    rating_act,
    rating_calculation,
    rating_record,
    rating_repair,
    rating_volume,
    score_entry,
)
from services.credit.storage.tables.register import institution, practitioner

__all__ = [
    "LEDGERS",
    "agreement_link",
    "annual_rating",
    "change",
    "change_counter",
    "dead_letter",
    "draw_cancellation",
    "draw_commitment",
    "draw_publication",
    "draw_result",
    "draw_selection",
    "entry_finding",
    "finding",
    "inbox",
    "inspection_draw",
    "inspector_entry",
    "institution",
    "insured_access",
    "insured_entry",
    "matter",
    "matter_step",
    "measure",
    "metadata",
    "outbox",
    "points_entry",
    "practitioner",
    "proposal",
    "rating",
    "rating_act",
    "rating_calculation",
    "rating_override",
    "rating_record",
    "rating_repair",
    "rating_volume",
    "region_job",
    "region_job_number",
    "region_job_result",
    "sanction",
    "sanction_annulment",
    "score_entry",
    "term_change",
    "webhook",
    "webhook_attempt",
]

LEDGERS = (
    "sanction",
    "points_entry",
    "agreement_link",
    "entry_finding",
    "score_entry",
    "matter_step",
    "sanction_annulment",
    "term_change",
    "annual_rating",
    "rating_act",
    "rating_calculation",
    "rating_record",
    "rating_repair",
    "rating_override",
    "draw_cancellation",
    "draw_commitment",
    "draw_publication",
    "draw_result",
    "draw_selection",
    "inspection_draw",
    "inspector_entry",
    "insured_access",
    "insured_entry",
)
"""Tables that are only ever added to."""

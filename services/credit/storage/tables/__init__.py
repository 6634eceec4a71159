"""Tables of the credit schema; a ledger's rows are never updated or deleted, triggers of the migration see to it."""

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
from services.credit.storage.tables.metadata import dead_letter, inbox, metadata, outbox
from services.credit.storage.tables.points import entry_finding, finding, measure, points_entry, sanction
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
    "annual_rating",
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
    "rating_record",
    "rating_repair",
    "rating_volume",
    "sanction",
    "sanction_annulment",
    "score_entry",
    "term_change",
]

LEDGERS = (
    "sanction",
    "points_entry",
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

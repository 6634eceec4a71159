"""Every span name and instrument of the credit service."""

from typing import Final

from services.kit.telemetry import counter, gauge, histogram

SPAN_POINTS_RECORD: Final = "credit.points.record"
"""Points of one person by one sanction; child of the first finding's trace, linked to the officer's request."""
SPAN_POINTS_COUNTER: Final = "credit.points.counter"
"""Points of one person taken back; child of the trace that took their ground away."""
SPAN_SCORE_RECORD: Final = "credit.score.record"
"""One change of an institution's score; child of the trace of its cause."""
SPAN_WEBHOOK_DELIVER: Final = "credit.webhook.deliver"
"""One attempt to tell a subscription of a fact; child of the trace that stated it."""

sanctions = counter("credit.sanctions", "{sanction}", "Sanctions recorded, by kind.")
points = counter("credit.points", "{point}", "Points added to and taken from ledgers, by direction.")
measures = counter("credit.measures", "{measure}", "Measures stated and undone, by kind and act.")
score_entries = counter("credit.score.entries", "{entry}", "Entries of score ledgers, by cause.")
ratings = counter("credit.ratings", "{rating}", "Ratings stated, by tier.")
draws = counter("credit.draws", "{step}", "Steps of inspection draws, by the state reached.")
insured_entries = counter("credit.insured.entries", "{entry}", "Entries of the ledger of insured persons, by act.")
rating_acts = counter("credit.rating.acts", "{act}", "Acts of yearly ratings, by act.")
override_acts = counter("credit.override.acts", "{act}", "Acts on overrides of scores and grades, by act.")
region_job_chunks = counter("credit.region_job.chunks", "{chunk}", "Chunks of region jobs, by kind and outcome.")
webhook_acts = counter("credit.webhook.acts", "{act}", "Acts on webhooks, by act; unreachable and gone ended service.")
webhook_attempts = counter("credit.webhook.attempts", "{attempt}", "Attempts to deliver, by outcome.")
webhook_duration = histogram("credit.webhook.duration", "s", "Time from an attempt's beginning to its answer.")
webhook_states = gauge("credit.webhooks", "{webhook}", "Webhooks, by state.")
webhook_backlog = gauge("credit.webhook.backlog", "{fact}", "Facts the slowest active webhook is behind the feed.")

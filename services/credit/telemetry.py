"""Every span name and instrument of the credit service."""

from typing import Final

from services.kit.telemetry import counter

SPAN_POINTS_RECORD: Final = "credit.points.record"
"""Points of one person by one sanction; child of the first finding's trace, linked to the officer's request."""
SPAN_POINTS_COUNTER: Final = "credit.points.counter"
"""Points of one person taken back; child of the trace that took their ground away."""
SPAN_SCORE_RECORD: Final = "credit.score.record"
"""One change of an institution's score; child of the trace of its cause."""

sanctions = counter("credit.sanctions", "{sanction}", "Sanctions recorded, by kind.")
points = counter("credit.points", "{point}", "Points added to and taken from ledgers, by direction.")
measures = counter("credit.measures", "{measure}", "Measures stated and undone, by kind and act.")
score_entries = counter("credit.score.entries", "{entry}", "Entries of score ledgers, by cause.")
ratings = counter("credit.ratings", "{rating}", "Ratings stated, by tier.")
draws = counter("credit.draws", "{step}", "Steps of inspection draws, by the state reached.")
insured_entries = counter("credit.insured.entries", "{entry}", "Entries of the ledger of insured persons, by act.")
rating_acts = counter("credit.rating.acts", "{act}", "Acts of yearly ratings, by act.")

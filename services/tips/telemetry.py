"""Every instrument and span name of tips.

Nothing here counts what reporters do: a series of arrivals would tell when somebody was online. Wrong receipts are
counted, as they show an attack.
"""

from services.kit.telemetry import counter

STEPS = counter("tips.handling.steps", "{step}", "Steps of handlers and approvers, by action")
WRONG_RECEIPTS = counter("tips.receipts.wrong", "{try}", "Receipts that found nothing, of everybody together")
DEADLINES = counter("tips.deadlines", "{deadline}", "Deadlines that came near or passed, by kind and state")
SIGN_INS = counter("tips.desk.sign_ins", "{attempt}", "Sign-ins at the desk's pages, by outcome")
FINDINGS_FALLEN = counter("tips.findings.fallen", "{finding}", "Findings of tips that screening took back")

SPAN_ACCEPT = "tips.accept"
"""Begins the trace of a tip; the later ones continue it."""
SPAN_SUBSTANTIATE = "tips.substantiate"
SPAN_CLOSE = "tips.close"

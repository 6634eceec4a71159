"""Every span name and instrument of the screening service."""

from collections.abc import Iterable, Mapping
from typing import Final

from opentelemetry import trace

from services.kit.telemetry import counter, histogram
from services.kit.telemetry.traces import parse_traceparent, recording

SPAN_BATCH: Final = "screening.batch"
"""One batch of settlements in one transaction; child of the consumer's span, which links to the messages' traces."""
SPAN_SETTLEMENT: Final = "screening.settlement.screen"
"""One settlement screened; child of the span that accepted it."""
SPAN_REVERSAL: Final = "screening.settlement.reverse"
"""One settlement's findings and history taken back."""
SPAN_SECOND_LOOK: Final = "screening.settlement.second_look"
"""One settlement's findings changed because another arrived late or was taken back; links to the cause."""
SPAN_DECISION: Final[Mapping[str, str]] = {
    "confirm": "screening.finding.confirm",
    "dismiss": "screening.finding.dismiss",
    "overturn": "screening.finding.overturn",
}
"""One person's decision about one finding, in the trace of its settlement; links to the reviewer's request."""

settlements = counter("screening.settlements", "{settlement}", "Settlements screened, by verdict.")
findings = counter("screening.findings", "{finding}", "Findings raised, by rule and severity.")
decisions = counter("screening.decisions", "{decision}", "Decisions taken about findings, by decision.")
withdrawals = counter("screening.withdrawals", "{finding}", "Findings withdrawn because their ground is gone.")
signals = counter("screening.signals", "{signal}", "Signals raised over months, by kind.")
second_looks = counter("screening.second_looks", "{settlement}", "Settlements whose findings changed afterwards.")
prechecks = counter("screening.prechecks", "{precheck}", "Pre-checks answered, by phase and verdict.")
prechecks_unlogged = counter(
    "screening.prechecks.unlogged", "{precheck}", "Pre-checks answered but missing from the statistics of reminders."
)
fsi_messages = counter(
    "screening.fsi.messages", "{message}", "Messages of the national interface, by transaction and outcome."
)
precheck_duration = histogram(
    "screening.precheck.duration", "s", "Time one pre-check takes within the service, by phase."
)
plan_failures = counter(
    "screening.plan_failures", "{failure}", "Rulebooks that could not be compiled; the one before judges on."
)
rule_pauses = counter("screening.rule_pauses", "{pause}", "Rules paused by themselves, by rule and cause.")
held_findings = counter("screening.held_findings", "{finding}", "Findings not sent, by rule and why.")
shadow_findings = counter("screening.shadow_findings", "{finding}", "Findings of a rulebook in the shadow, by rule.")
check_failures = counter("screening.check_failures", "{failure}", "Checks that broke on a claim, by rule.")
batch_duration = histogram("screening.batch.duration", "s", "Time one batch of settlements takes, commit included.")
settlement_delay = histogram(
    "screening.settlement.delay", "s", "Time from the acceptance of a settlement to its screening."
)


def count_settlements(verdicts: Mapping[str, int]) -> None:
    """Count screened settlements by verdict."""
    for verdict, number in verdicts.items():
        settlements.add(number, {"verdict": verdict})


def count_findings(raised: Mapping[tuple[str, str], int]) -> None:
    """Count raised findings by rule code and severity."""
    for (rule_code, severity), number in raised.items():
        findings.add(number, {"rule": rule_code, "severity": severity})


def count_precheck(phase: str, verdict: str, seconds: float) -> None:
    """Count an answered pre-check and record what it took."""
    prechecks.add(1, {"phase": phase, "verdict": verdict})
    precheck_duration.record(seconds, {"phase": phase})


def count_message(infno: str, *, refused: bool) -> None:
    """Count one message of the national interface."""
    fsi_messages.add(1, {"infno": infno, "outcome": "refused" if refused else "taken"})


def count_held(held: Mapping[tuple[str, str], int]) -> None:
    """Count findings that were held by rule code and reason."""
    for (rule_code, reason), number in held.items():
        held_findings.add(number, {"rule": rule_code, "reason": reason})


def count_check_failures(rule_codes: Iterable[str]) -> None:
    """Count checks that broke, by rule code."""
    for rule_code in rule_codes:
        check_failures.add(1, {"rule": rule_code})


def record_delay(seconds: float, traceparent: str | None) -> None:
    """Record how long a settlement waited for its screening; its trace becomes the exemplar."""
    context = parse_traceparent(traceparent) if recording() else None
    if context is None:
        settlement_delay.record(seconds)
    else:
        settlement_delay.record(seconds, context=trace.set_span_in_context(trace.NonRecordingSpan(context)))

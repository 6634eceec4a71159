"""Traces, metrics and logs of a process: one set-up at the start, and the few calls the rest of the code uses."""

from services.kit.telemetry.measures import counter, gauge, histogram
from services.kit.telemetry.setup import Telemetry, configure
from services.kit.telemetry.traces import current_trace_id, current_traceparent, span, tracer

__all__ = [
    "Telemetry",
    "configure",
    "counter",
    "current_trace_id",
    "current_traceparent",
    "gauge",
    "histogram",
    "span",
    "tracer",
]

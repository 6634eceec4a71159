"""Counters, gauges and histograms of the process, all behind one meter that the metrics page reads."""

from collections.abc import Sequence

from opentelemetry.metrics import Counter, Histogram
from opentelemetry.metrics import _Gauge as Gauge
from opentelemetry.sdk.metrics import MeterProvider, TraceBasedExemplarFilter
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from services.kit.telemetry.frequent import FrequentCounter, FrequentHistogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Bucket bounds of a duration: from one indexed read to a consumer that is five minutes behind."""

_reader = InMemoryMetricReader()
_provider = MeterProvider(
    [_reader],
    # Instruments are made while modules load, before settings are read; the process is named by its labels instead.
    resource=Resource.get_empty(),
    exemplar_filter=TraceBasedExemplarFilter(),
    shutdown_on_exit=False,
)
_frequent: list[FrequentHistogram] = []
_frequent_counters: list[FrequentCounter] = []
_meter = _provider.get_meter("fundwarden")


def counter(name: str, unit: str, description: str) -> Counter:
    """Return a counter that only rises; ``add(number, {"service": …})``.

    Names have dots, begin with the service or with ``spine``, and hold no unit. Every measurement carries the
    attribute ``service``; without it the first word of the name is taken for it.
    """
    return _meter.create_counter(name, unit, description)


def gauge(name: str, unit: str, description: str) -> Gauge:
    """Return a gauge; ``set(value, {"service": …})``."""
    return _meter.create_gauge(name, unit, description)


def histogram(name: str, unit: str, description: str, *, buckets: Sequence[float] = SECONDS) -> Histogram:
    """Return a histogram with the bounds of ``buckets``; a measurement inside a recorded span leaves an exemplar."""
    return _meter.create_histogram(
        name, unit, description, explicit_bucket_boundaries_advisory=[float(bound) for bound in buckets]
    )


def frequent_histogram(
    name: str, unit: str, description: str, *, buckets: Sequence[float] = SECONDS
) -> FrequentHistogram:
    """Return a histogram for what is measured with every request."""
    made = FrequentHistogram(
        histogram(name, unit, description, buckets=buckets), unit=unit, description=description, buckets=buckets
    )
    _frequent.append(made)
    return made


def frequent_counter(name: str, unit: str, description: str) -> FrequentCounter:
    """Return a counter for what is counted with every request."""
    made = FrequentCounter(counter(name, unit, description))
    _frequent_counters.append(made)
    return made


def collect() -> MetricsData | None:
    """Return what every instrument of the process holds at present; None before the first measurement."""
    for counted in _frequent_counters:
        counted.hand_over()
    data = _reader.get_metrics_data()
    for one in _frequent:
        data = one.added(data)
    return data

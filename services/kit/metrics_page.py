"""The metrics page: what the instruments hold, in OpenMetrics with exemplars or in Prometheus' older text."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from opentelemetry.sdk.metrics import Exemplar as MeasuredExemplar
from opentelemetry.sdk.metrics.export import (
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    Sum,
)
from prometheus_client import ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from services.kit.telemetry.measures import collect

_UNITS = {"s": "seconds", "ms": "milliseconds", "By": "bytes", "fen": "fen"}
"""Suffix of a name by OpenTelemetry's unit; ``1`` and ``{annotations}`` have none."""

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")
_NANOSECONDS = 1_000_000_000

_exemplars: dict[tuple[str, tuple[tuple[str, str], ...], str], Exemplar] = {}
"""Last exemplar of each series. The SDK forgets it when read, and in one process four pages read the same series."""

_process = ProcessCollector(registry=None)


def render(accept: str, *, service: str | None = None) -> tuple[bytes, str]:
    """Return the page and its media type; OpenMetrics, with exemplars, where the header ``accept`` asks for it.

    With ``service`` only the series of that service, and those of the process, are on it.
    """
    encode, media_type = choose_encoder(accept)
    return encode(_Page(collect(), service)), media_type


class _Page(Collector):
    """The families of one page."""

    def __init__(self, data: MetricsData | None, service: str | None) -> None:
        self._metrics = [
            metric
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]
        self._service = service

    def collect(self) -> Iterator[Family]:
        for metric in sorted(self._metrics, key=lambda metric: metric.name):
            family = _family(metric, self._service)
            if family.samples:
                yield family
        yield from _process.collect()


def _family(metric: Metric, service: str | None) -> Family:
    name = metric_name(metric)
    is_counter = isinstance(metric.data, Sum) and metric.data.is_monotonic
    kind = "histogram" if isinstance(metric.data, Histogram) else "counter" if is_counter else "gauge"
    family = Family(name, metric.description or name, kind)
    # Other services' points are read as well, into a family nobody sees: the SDK forgets an exemplar once it is read,
    # so the page that happens to come first must remember it for the page it belongs to.
    unseen = Family(name, metric.description or name, kind)
    for point in metric.data.data_points:
        labels = _labels(metric.name, point.attributes or {})
        target = family if service in (None, labels["service"]) else unseen
        if isinstance(point, HistogramDataPoint):
            _add_histogram(target, labels, point)
        elif isinstance(point, NumberDataPoint):
            sample = f"{name}_total" if is_counter else name
            exemplar = _remembered(sample, labels, "", point.exemplars) if is_counter else None
            target.add_sample(sample, labels, point.value, exemplar=exemplar)
    return family


def metric_name(metric: Metric) -> str:
    """Return the Prometheus name of an instrument, without ``_total``: ``spine.outbox.age`` becomes ``…_seconds``."""
    name = _NOT_IN_NAMES.sub("_", metric.name).removesuffix("_total")
    suffix = _UNITS.get(metric.unit or "", "")
    return name if not suffix or name.endswith(f"_{suffix}") else f"{name}_{suffix}"


def _labels(instrument: str, attributes: Mapping[str, Any]) -> dict[str, str]:
    labels = {_NOT_IN_NAMES.sub("_", key): str(value) for key, value in attributes.items()}
    # An instrument of a service begins with its name, so that it need not be said at every measurement.
    labels.setdefault("service", instrument.partition(".")[0])
    return labels


def _add_histogram(family: Family, labels: dict[str, str], point: HistogramDataPoint) -> None:
    bounds = [*(_bound(bound) for bound in point.explicit_bounds), "+Inf"]
    by_bucket: dict[str, list[MeasuredExemplar]] = {}
    for measured in point.exemplars:
        index = bisect_left(point.explicit_bounds, measured.value)
        by_bucket.setdefault(bounds[index], []).append(measured)
    sample = f"{family.name}_bucket"
    for bound, count in zip(bounds, accumulate(point.bucket_counts), strict=True):
        exemplar = _remembered(sample, labels, bound, by_bucket.get(bound, ()))
        family.add_sample(sample, {**labels, "le": bound}, count, exemplar=exemplar)
    family.add_sample(f"{family.name}_count", labels, point.count)
    family.add_sample(f"{family.name}_sum", labels, point.sum)


def _bound(bound: float) -> str:
    # As Prometheus writes it: 1.0, not 1, so that a series keeps its name across client libraries.
    return repr(float(bound))


def _remembered(
    sample: str, labels: Mapping[str, str], bound: str, measured: Sequence[MeasuredExemplar]
) -> Exemplar | None:
    key = (sample, tuple(sorted(labels.items())), bound)
    traced = [exemplar for exemplar in measured if exemplar.trace_id and exemplar.span_id]
    if traced:
        latest = max(traced, key=lambda exemplar: exemplar.time_unix_nano)
        _exemplars[key] = Exemplar(
            {"trace_id": f"{latest.trace_id:032x}", "span_id": f"{latest.span_id:016x}"},
            latest.value,
            latest.time_unix_nano / _NANOSECONDS,
        )
    return _exemplars.get(key)

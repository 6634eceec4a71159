"""Panels as both dashboards use them: titles in Chinese first, units explicit, exemplars where there are traces."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, common, dashboard, logs, loki, prometheus, stat, table, tempo
from grafana_foundation_sdk.builders import timeseries as timeseries_builder
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef

METRICS = DataSourceRef(type_val="prometheus", uid="prometheus")
TRACES = DataSourceRef(type_val="tempo", uid="tempo")
LOGS = DataSourceRef(type_val="loki", uid="loki")

HEIGHT = 8
"""Height of an ordinary panel in Grafana's grid units."""

WIDTH = 24
"""Width of a dashboard in the same units."""


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and the name of its series."""

    expression: str
    legend: str
    exemplars: bool = False
    """Show the points that lead to traces; only a histogram's buckets and counters have them."""


def rate(metric: str, by: str = "", selector: str = "") -> str:
    """Events per second of a counter, summed over processes, per label in ``by``."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({metric}{{{selector}}}[$__rate_interval]))"


def quantile(share: float, histogram: str, by: str = "", selector: str = "") -> str:
    """Quantile of a histogram over all processes, per label in ``by``."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket{{{selector}}}[$__rate_interval])))"


def share(part: str, whole: str) -> str:
    """Share of one rate in another with the same labels; 0 where the part has no series yet, but the whole has."""
    return f"({part} or 0 * {whole}) / {whole}"


def lines(
    title: str, description: str, unit: str, queries: Sequence[Query], *, width: int = WIDTH // 3
) -> timeseries_builder.Panel:
    """Build lines over time."""
    panel = (
        timeseries_builder.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .min(0)
        .datasource(METRICS)
        .span(width)
        .height(HEIGHT)
        .fill_opacity(8)
        .line_width(1)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    )
    for reference, query in zip("ABCDEFGHIJ", queries, strict=False):
        panel = panel.with_target(_target(query, reference))
    return panel


def number(title: str, description: str, unit: str, query: Query, *, width: int = WIDTH // 6) -> stat.Panel:
    """Build one number, the latest."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .datasource(METRICS)
        .span(width)
        .height(4)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_target(query, "A"))
    )


def bars(title: str, description: str, unit: str, query: Query, *, width: int = WIDTH // 3) -> bargauge.Panel:
    """Build one bar per series, of its latest value."""
    return (
        bargauge.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .min(0)
        .datasource(METRICS)
        .span(width)
        .height(HEIGHT)
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_target(query, "A").instant())
    )


def trace_search(title: str, description: str, traceql: str, *, width: int = WIDTH) -> table.Panel:
    """Build a table of traces that a TraceQL search finds; a click opens the trace."""
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(TRACES)
        .span(width)
        .height(HEIGHT)
        .with_target(tempo.TempoQuery().ref_id("A").datasource(TRACES).query_type("traceql").query(traceql).limit(20))
    )


def log_lines(title: str, description: str, logql: str, *, width: int = WIDTH) -> logs.Panel:
    """Build the log lines that a LogQL query finds, the newest first."""
    return (
        logs.Panel()
        .title(title)
        .description(description)
        .datasource(LOGS)
        .span(width)
        .height(HEIGHT)
        .show_time(True)
        .enable_log_details(True)
        .with_target(loki.Dataquery().ref_id("A").datasource(LOGS).query_type("range").expr(logql).max_lines(200))
    )


def row(title: str) -> dashboard.Row:
    """Build the heading of a group of panels."""
    return dashboard.Row(title)


def _target(query: Query, reference: str) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .ref_id(reference)
        .datasource(METRICS)
        .expr(query.expression)
        .legend_format(query.legend)
        .exemplar(query.exemplars)
        .range()
    )

"""The dashboard *Services*: rate, errors and duration per route and consumer, and what the processes hold."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh

from deploy.grafana.panels import METRICS, Query, lines, quantile, rate, row, share

UID = "services"

_CHOSEN = 'service=~"$service"'
_REQUESTS = "http_server_request_duration_seconds"


def service_health() -> dashboard.Dashboard:
    """Build the dashboard."""
    built = (
        dashboard.Dashboard("服务 · Services")
        .uid(UID)
        .description("各服务的速率、错误与用时。Rate, errors and duration of every service.")
        .tags(["fundwarden"])
        .timezone("Asia/Shanghai")
        .time("now-30m", "now")
        .refresh("10s")
        .readonly()
        .with_variable(
            dashboard.QueryVariable("service")
            .label("服务 Service")
            .datasource(METRICS)
            .query("label_values(spine_outbox_depth, service)")
            .multi(True)
            .include_all(True)
            .all_value(".*")
            .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
            .current(VariableOption(selected=True, text="All", value="$__all"))
        )
        .link(dashboard.DashboardLink("结算全程 · Settlement journey").url("/d/settlement-journey").icon("dashboard"))
    )
    for part in (_requests, _consumers, _processes):
        built = part(built)
    return built


def _requests(built: dashboard.Dashboard) -> dashboard.Dashboard:
    failed = rate(f"{_REQUESTS}_count", by="service", selector=f'{_CHOSEN}, status=~"5.."')
    refused = rate(f"{_REQUESTS}_count", by="service", selector=f'{_CHOSEN}, status=~"4.."')
    return (
        built.with_row(row("接口 HTTP"))
        .with_panel(
            lines(
                "请求速率 Requests",
                "按接口。Per route.",
                "reqps",
                (Query(rate(f"{_REQUESTS}_count", "service, method, route", _CHOSEN), "{{method}} {{route}}"),),
                width=12,
            )
        )
        .with_panel(
            lines(
                "应答状态 Answers by status",
                "按服务与状态码。Per service and status.",
                "reqps",
                (Query(rate(f"{_REQUESTS}_count", "service, status", _CHOSEN), "{{service}} {{status}}"),),
                width=6,
            )
        )
        .with_panel(
            lines(
                "错误率 Error ratio",
                "5xx 应答占比。Share of answers with 5xx.",
                "percentunit",
                (Query(share(failed, rate(f"{_REQUESTS}_count", "service", _CHOSEN)), "{{service}}"),),
                width=6,
            )
        )
        .with_panel(
            lines(
                "请求用时 p95 Duration p95",
                "按接口；圆点可跳转到链路。Per route; a dot leads to its trace.",
                "s",
                (
                    Query(
                        quantile(0.95, _REQUESTS, "service, method, route", _CHOSEN),
                        "{{method}} {{route}}",
                        exemplars=True,
                    ),
                ),
                width=12,
            )
        )
        .with_panel(
            lines(
                "请求用时 Duration by service",
                "p50 与 p99。p50 and p99.",
                "s",
                (
                    Query(quantile(0.5, _REQUESTS, "service", _CHOSEN), "{{service}} p50"),
                    Query(quantile(0.99, _REQUESTS, "service", _CHOSEN), "{{service}} p99"),
                ),
                width=6,
            )
        )
        .with_panel(
            lines(
                "拒绝率 Refusal ratio",
                "4xx 应答占比：格式、权限或冲突。Share of answers with 4xx: form, access or conflict.",
                "percentunit",
                (Query(share(refused, rate(f"{_REQUESTS}_count", "service", _CHOSEN)), "{{service}}"),),
                width=6,
            )
        )
    )


def _consumers(built: dashboard.Dashboard) -> dashboard.Dashboard:
    kinds = "service, type"
    parked = rate("spine_consumer_events_total", kinds, f'{_CHOSEN}, outcome="parked"')
    return (
        built.with_row(row("消费 Consumers"))
        .with_panel(
            lines(
                "处理速率 Events handled",
                "按服务与事件类型。Per service and event type.",
                "ops",
                (Query(rate("spine_consumer_events_total", kinds, _CHOSEN), "{{service}} {{type}}"),),
            )
        )
        .with_panel(
            lines(
                "搁置率 Share set aside",
                "进入死信的事件占比。Share of events that became dead letters.",
                "percentunit",
                (Query(share(parked, rate("spine_consumer_events_total", kinds, _CHOSEN)), "{{service}} {{type}}"),),
            )
        )
        .with_panel(
            lines(
                "处理用时 p95 Duration p95",
                "一批事件；圆点可跳转到链路。Per batch; a dot leads to its trace.",
                "s",
                (
                    Query(
                        quantile(0.95, "spine_consumer_batch_duration_seconds", kinds, _CHOSEN),
                        "{{service}} {{type}}",
                        exemplars=True,
                    ),
                ),
            )
        )
        .with_panel(
            lines(
                "发布速率 Facts published",
                "按主题。Per topic.",
                "ops",
                (Query(rate("spine_outbox_published_total", "service, topic", _CHOSEN), "{{topic}}"),),
            )
        )
        .with_panel(
            lines(
                "发布延迟 p95 Publish delay p95",
                "写入发件箱到发布。From the fact's instant to its publication.",
                "s",
                (Query(quantile(0.95, "spine_outbox_publish_delay_seconds", "service", _CHOSEN), "{{service}}"),),
            )
        )
        .with_panel(
            lines(
                "死信 Dead letters",
                "进程启动以来。Since the processes started.",
                "short",
                (Query(f"sum by (service) (spine_dead_letters_total{{{_CHOSEN}}})", "{{service}}"),),
            )
        )
    )


def _processes(built: dashboard.Dashboard) -> dashboard.Dashboard:
    in_use = f"max by (service, instance) (db_pool_in_use{{{_CHOSEN}}})"
    size = f"max by (service, instance) (db_pool_size{{{_CHOSEN}}})"
    return (
        built.with_row(row("进程 Processes"))
        .with_panel(
            lines(
                "数据库连接 Database connections",
                "使用中与上限。In use, and the pool's bound.",
                "short",
                (Query(in_use, "{{service}} 使用中 in use"), Query(size, "{{service}} 上限 bound")),
            )
        )
        .with_panel(
            lines(
                "连接占用率 Pool utilisation",
                "接近 1 时请求开始排队。Near 1 requests begin to queue.",
                "percentunit",
                (Query(f"{in_use} / {size}", "{{service}} {{instance}}"),),
            )
        )
        .with_panel(
            lines(
                "处理器 CPU",
                "每个进程占用的核数。Cores in use per process.",
                "short",
                (Query("rate(process_cpu_seconds_total[$__rate_interval])", "{{job}} {{instance}}"),),
            )
        )
        .with_panel(
            lines(
                "内存 Memory",
                "每个进程的常驻内存。Resident memory per process.",
                "bytes",
                (Query("process_resident_memory_bytes", "{{job}} {{instance}}"),),
            )
        )
    )

"""The dashboard *Settlement journey*: a claim from its posting to the points, and where it waits."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.panels import Query, bars, lines, log_lines, number, quantile, rate, row, trace_search

UID = "settlement-journey"

_SETTLEMENTS = 'topic="intake.settlement"'


def settlement_journey() -> dashboard.Dashboard:
    """Build the dashboard."""
    built = (
        dashboard.Dashboard("结算全程 · Settlement journey")
        .uid(UID)
        .description("一笔结算从上传到记分的全过程。A settlement from its posting to the points.")
        .tags(["fundwarden"])
        .timezone("Asia/Shanghai")
        .time("now-30m", "now")
        .refresh("10s")
        .readonly()
        .with_variable(
            dashboard.TextBoxVariable("settlement")
            .label("结算编号 Settlement id")
            .description("医疗机构的结算编号（setl_id）。The institution's own id of the settlement.")
        )
        .link(dashboard.DashboardLink("服务 · Services").url("/d/services").icon("dashboard"))
    )
    for part in (_find_one, _flow, _steps, _waiting, _judgement):
        built = part(built)
    return built


def _find_one(built: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        built.with_row(row("查找一笔结算 Find one settlement"))
        .with_panel(
            trace_search(
                "该结算的链路 Trace of the settlement",
                "在上方填入结算编号；点击链路编号查看从上传到记分的每一步。"
                "Put the settlement id above; the trace shows every step from the POST to the points.",
                '{ span.settlement.id = "$settlement" }',
                width=12,
            )
        )
        .with_panel(
            trace_search(
                "最慢的结算受理 Slowest acceptances",
                "所选时间内用时超过 100 毫秒的上传请求。Posts that took longer than 100 ms.",
                '{ span.http.route =~ "/intake/v1/settlements.*" && duration > 100ms }',
                width=12,
            )
        )
    )


def _flow(built: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        built.with_row(row("流量 Flow"))
        .with_panel(
            lines(
                "每一步的速率 Rate of each step",
                "上传、入库、发布、审核、发现疑点、记分。Posted, stored, published, screened, found, points.",
                "ops",
                (
                    Query(rate("intake_settlements_total"), "上传 posted"),
                    Query(rate("intake_settlements_total", selector='outcome="created"'), "入库 stored"),
                    Query(rate("spine_outbox_published_total", selector=_SETTLEMENTS), "发布 published"),
                    Query(rate("screening_settlements_total"), "审核 screened"),
                    Query(rate("screening_findings_total"), "疑点 findings"),
                    Query(rate("credit_points_total"), "记分 points"),
                ),
                width=16,
            )
        )
        .with_panel(
            lines(
                "上传结果 Outcome of posts",
                "新建、重复、冲突、拒收。Created, the same again, conflicting, rejected.",
                "ops",
                (Query(rate("intake_settlements_total", by="outcome"), "{{outcome}}"),),
                width=8,
            )
        )
        .with_panel(
            number(
                "结算总数 Settlements",
                "进程启动以来入库的结算。Stored since the processes started.",
                "short",
                Query('sum(intake_settlements_total{outcome="created"})', "settlements"),
            )
        )
        .with_panel(
            number(
                "明细总数 Lines",
                "进程启动以来入库的费用明细。Fee lines stored since then.",
                "short",
                Query("sum(intake_lines_total)", "lines"),
            )
        )
        .with_panel(
            number(
                "已审核 Screened",
                "进程启动以来审核的结算。Settlements screened since then.",
                "short",
                Query("sum(screening_settlements_total)", "screened"),
            )
        )
        .with_panel(
            number(
                "疑点 Findings",
                "进程启动以来发现的疑点。Findings raised since then.",
                "short",
                Query("sum(screening_findings_total)", "findings"),
            )
        )
        .with_panel(
            number(
                "等待发布 Waiting",
                "发件箱中的事件。Facts in the outboxes.",
                "short",
                Query("sum(spine_outbox_depth)", "waiting"),
            )
        )
        .with_panel(
            number(
                "死信 Dead letters",
                "无法处理而搁置的事件。Events set aside.",
                "short",
                Query("sum(spine_dead_letters_total)", "dead letters"),
            )
        )
    )


def _steps(built: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        built.with_row(row("各环节用时 Time in each step"))
        .with_panel(
            lines(
                "受理用时 Accepting",
                "检查并入库一批结算。Examining and storing one chunk of settlements.",
                "s",
                (
                    Query(quantile(0.5, "intake_settlement_accept_duration_seconds"), "p50", exemplars=True),
                    Query(quantile(0.95, "intake_settlement_accept_duration_seconds"), "p95"),
                    Query(quantile(0.99, "intake_settlement_accept_duration_seconds"), "p99"),
                ),
            )
        )
        .with_panel(
            lines(
                "入库到发布 Stored to published",
                "事件写入发件箱到发布，p95。From the fact's instant to its publication, p95.",
                "s",
                (Query(quantile(0.95, "spine_outbox_publish_delay_seconds", by="service"), "{{service}}"),),
            )
        )
        .with_panel(
            lines(
                "发布到处理 Stated to handled",
                "事件发生到消费端处理完成，p95。From the fact's instant to its effect in the consumer, p95.",
                "s",
                (Query(quantile(0.95, "spine_consumer_delay_seconds", by="service, type"), "{{service}} {{type}}"),),
            )
        )
        .with_panel(
            lines(
                "受理到审核 Accepted to screened",
                "结算受理到审核完成。From the acceptance of a settlement to its screening.",
                "s",
                (
                    Query(quantile(0.5, "screening_settlement_delay_seconds"), "p50", exemplars=True),
                    Query(quantile(0.95, "screening_settlement_delay_seconds"), "p95"),
                    Query(quantile(0.99, "screening_settlement_delay_seconds"), "p99"),
                ),
            )
        )
        .with_panel(
            lines(
                "审核一批用时 Screening a batch",
                "一批结算的审核与提交。One batch of settlements, commit included.",
                "s",
                (
                    Query(quantile(0.5, "screening_batch_duration_seconds"), "p50", exemplars=True),
                    Query(quantile(0.95, "screening_batch_duration_seconds"), "p95"),
                ),
            )
        )
        .with_panel(
            lines(
                "处理一批用时 Handling a batch",
                "各消费端处理一批事件，p95。One batch of each consumer, p95.",
                "s",
                (
                    Query(
                        quantile(0.95, "spine_consumer_batch_duration_seconds", by="service, type"),
                        "{{service}} {{type}}",
                        exemplars=True,
                    ),
                ),
            )
        )
    )


def _waiting(built: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        built.with_row(row("积压 Waiting"))
        .with_panel(
            lines(
                "发件箱深度 Outbox depth",
                "等待发布的事件。Facts that wait to be published.",
                "short",
                (Query("max by (service) (spine_outbox_depth)", "{{service}}"),),
            )
        )
        .with_panel(
            lines(
                "发件箱最久等待 Outbox age",
                "最早一条未发布事件的等待时间。Age of the oldest fact that waits.",
                "s",
                (Query("max by (service) (spine_outbox_age_seconds)", "{{service}}"),),
            )
        )
        .with_panel(
            lines(
                "消费滞后 Consumer lag",
                "已发布而未处理的消息。Messages published and not yet handled.",
                "short",
                (Query("sum by (service, topic) (spine_consumer_lag)", "{{service}} ← {{topic}}"),),
            )
        )
    )


def _judgement(built: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        built.with_row(row("审核结论 Judgement"))
        .with_panel(
            lines(
                "审核结论 Verdicts",
                "通过、复核、拒付。Pass, review, refuse.",
                "ops",
                (Query(rate("screening_settlements_total", by="verdict"), "{{verdict}}"),),
            )
        )
        .with_panel(
            bars(
                "各规则疑点 Findings by rule",
                "进程启动以来，按规则。By rule, since the processes started.",
                "short",
                Query("sum by (rule, severity) (screening_findings_total)", "{{rule}} {{severity}}"),
            )
        )
        .with_panel(
            lines(
                "记分 Points",
                "记入与冲销的分值。Points added and taken back.",
                "ops",
                (Query(rate("credit_points_total", by="direction"), "{{direction}}"),),
            )
        )
        .with_panel(
            log_lines(
                "警告与错误 Warnings and errors",
                "每一行可跳转到其链路。Every line leads to its trace.",
                '{service_name=~"fundwarden.*"} | severity_text=~"WARNING|ERROR|CRITICAL"',
            )
        )
    )

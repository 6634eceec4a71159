"""What the demo proved: one record, written as JSON and shown in the terminal, Chinese first."""

from pathlib import Path

import msgspec
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

FILE = "demo-report.json"
"""Name of the report in the state directory."""


class RuleTally(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of one rule."""

    rule_code: str
    name_zh: str
    name_en: str
    findings: int
    amount_fen: int
    """Amount at issue, in fen."""


class Sanctioned(msgspec.Struct, frozen=True, kw_only=True):
    """A practitioner who was scored."""

    practitioner_code: str
    points: int
    """Points of the year."""
    status: str
    """``eligible``, ``suspended`` or ``terminated``."""
    until: str | None = None
    note: str = ""
    """What else there is to say, in both languages."""


class Undone(msgspec.Struct, kw_only=True):
    """What was taken back when a confirmed finding was overturned."""

    amount_fen: int = 0
    """Amount that had been upheld."""
    points: int = 0
    """Points taken back from the practitioner."""
    score_e2: int = 0
    """Score given back to the institution, times 100."""
    suspension_lifted: bool = False
    once_each: bool = False
    """Whether every consequence was taken back exactly once."""


class Report(msgspec.Struct, kw_only=True):
    """Everything the demo measured; amounts in fen, times in seconds."""

    posted: int = 0
    """Settlements sent, follow-up claims included."""
    accepted: int = 0
    """Settlements that intake holds, counted in its database."""
    screened: int = 0
    """Settlements that screening holds with a verdict, counted in its database."""
    lines: int = 0
    findings: int = 0
    findings_by_rule: dict[str, int] = msgspec.field(default_factory=dict)
    planted: int = 0
    planted_found: int = 0
    false_alarms: int = 0
    confirmed: int = 0
    practitioners_suspended: int = 0
    practitioners_terminated: int = 0
    refused_after_suspension: int = 0
    passed_in_emergency: int = 0
    tip_status: str = ""
    reward_fen: int = 0
    reward_status: str = ""
    lost: int = 0
    duplicated: int = 0
    seconds: float = 0.0
    """From the first settlement posted to the last one screened."""
    settlements_per_second: float = 0.0
    bus: str = ""
    database: str = ""
    address: str = ""
    rulebook: str = ""
    institutions: int = 0
    practitioners: int = 0
    seconds_in_all: float = 0.0
    outbox_left: int = 0
    dead_letters: int = 0
    missed_plants: list[str] = msgspec.field(default_factory=list)
    unplanned_findings: list[str] = msgspec.field(default_factory=list)
    by_rule: list[RuleTally] = msgspec.field(default_factory=list)
    sanctioned: list[Sanctioned] = msgspec.field(default_factory=list)
    tip_life: list[str] = msgspec.field(default_factory=list)
    undone: Undone = msgspec.field(default_factory=Undone)
    repeated_post: str = ""
    """Answer to a settlement that was sent twice."""
    reversed_settlement: str = ""
    problems: list[str] = msgspec.field(default_factory=list)
    """Every promise that was not kept, one sentence each."""

    @property
    def passed(self) -> bool:
        """Whether all that was planted was found, nothing else was, and nothing was lost or done twice."""
        return (
            self.planted > 0
            and self.planted_found == self.planted
            and not (self.false_alarms or self.lost or self.duplicated or self.problems)
        )


def write(report: Report, state_directory: Path) -> Path:
    """Write the report as JSON into the state directory and return its path."""
    state_directory.mkdir(parents=True, exist_ok=True)
    path = state_directory / FILE
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return path


def show(report: Report, console: Console) -> None:
    """Print the report for a person."""
    console.print(_flow(report))
    console.print(_findings(report))
    if report.sanctioned:
        console.print(_points(report))
    console.print(_consequences(report))
    console.print(_verdict(report))


def yuan(fen: int) -> str:
    """An amount as people write it."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{whole:,}.{rest:02d}"


def _facts(title: str, rows: list[tuple[str, str]]) -> Panel:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan")
    table.add_column(justify="left")
    for name, value in rows:
        table.add_row(name, value)
    return Panel(table, title=title, title_align="left", border_style="blue")


def _flow(report: Report) -> Panel:
    return _facts(
        "结算 · Settlements",
        [
            ("已提交 posted", f"{report.posted:,}"),
            ("已受理 accepted", f"{report.accepted:,}"),
            ("已审核 screened", f"{report.screened:,}"),
            ("费用明细 fee lines", f"{report.lines:,}"),
            ("机构／人员 institutions / practitioners", f"{report.institutions} / {report.practitioners}"),
            ("用时 time to the last verdict", f"{report.seconds:.2f} s"),
            ("吞吐 throughput", f"{report.settlements_per_second:,.0f} 笔/秒 settlements/s"),
            ("总线／数据库 bus / database", f"{report.bus} / {report.database}"),
            ("规则库 rulebook", report.rulebook),
        ],
    )


def _findings(report: Report) -> Table:
    table = Table(title="各规则检出 · Findings by rule", title_justify="left", border_style="blue")
    table.add_column("规则 rule", style="cyan", no_wrap=True)
    table.add_column("名称 name")
    table.add_column("件数 findings", justify="right")
    table.add_column("涉及金额 amount at issue", justify="right")
    for tally in report.by_rule:
        table.add_row(
            tally.rule_code, f"{tally.name_zh}\n[dim]{tally.name_en}[/dim]", str(tally.findings), yuan(tally.amount_fen)
        )
    table.add_section()
    table.add_row("合计 total", "", str(report.findings), yuan(sum(tally.amount_fen for tally in report.by_rule)))
    return table


_STATUS = {
    "eligible": "正常 eligible",
    "suspended": "[yellow]暂停 suspended[/yellow]",
    "terminated": "[red]终止 terminated[/red]",
}


def _points(report: Report) -> Table:
    table = Table(title="驾照式记分 · Points on the licence", title_justify="left", border_style="blue")
    table.add_column("人员 practitioner", style="cyan")
    table.add_column("本年记分 points", justify="right")
    table.add_column("支付资格 eligibility")
    table.add_column("至 until")
    table.add_column("说明 note")
    for person in report.sanctioned:
        status = _STATUS.get(person.status, person.status)
        table.add_row(person.practitioner_code, str(person.points), status, person.until or "", person.note)
    return table


_TIP_WORDS = {
    "received": "已收到",
    "accepted": "已受理",
    "substantiated": "查实",
    "closed": "结案",
    "proposed": "拟奖励",
    "approved": "奖励核准",
    "claimed": "已申领",
    "paid": "已兑付",
}


def _tip_words(step: str) -> str:
    """A step such as ``substantiated/approved`` in both languages, the reward's state where there is one."""
    newest = step if step.startswith("closed") else step.rsplit("/", maxsplit=1)[-1]
    newest = newest.split("/", maxsplit=1)[0]
    return f"{_TIP_WORDS.get(newest, '')} {newest}".strip()


def _consequences(report: Report) -> Panel:
    undone = report.undone
    once = "各一次 once each" if undone.once_each else "[red]未完成 not complete[/red]"
    taken_back = f"{yuan(undone.amount_fen)}，记分 points {undone.points}，信用分 score {undone.score_e2 / 100:g}"
    lifted = "，暂停解除 suspension lifted" if undone.suspension_lifted else ""
    return _facts(
        "后果 · Consequences",
        [
            ("已确认 confirmed", str(report.confirmed)),
            ("暂停后被拒 refused after suspension", str(report.refused_after_suspension)),
            ("急诊放行 emergency let through", str(report.passed_in_emergency)),
            ("举报 tip", " → ".join(_tip_words(step) for step in report.tip_life) or report.tip_status),
            ("奖励 reward", f"{yuan(report.reward_fen)} {report.reward_status}"),
            ("撤销 overturned", f"{taken_back}{lifted}；{once}"),
            ("重复提交 sent twice", report.repeated_post),
            ("退费 reversed", report.reversed_settlement),
        ],
    )


def _verdict(report: Report) -> Panel:
    rows = [
        ("预埋违规检出 planted found", f"{report.planted_found} / {report.planted}"),
        ("误报 false alarms", str(report.false_alarms)),
        ("丢失 lost", str(report.lost)),
        ("重复 duplicated", str(report.duplicated)),
        ("打开 explore", report.address),
    ]
    rows += [("未检出 missed", plant) for plant in report.missed_plants]
    rows += [("误报 false alarm", finding) for finding in report.unplanned_findings]
    rows += [("问题 problem", problem) for problem in report.problems]
    panel = _facts("通过 · Passed" if report.passed else "未通过 · Failed", rows)
    panel.border_style = "green" if report.passed else "red"
    return panel

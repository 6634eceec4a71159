"""What was asked and what came of it, counted per operation."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.fuzz.published import Published

MOST_SAMPLES = 3
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One case: which operation, by which way of making cases, and how to ask again."""

    label: str
    way: str
    sample: str


@dataclass(slots=True)
class Row:
    """What came of the cases of one operation."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    complaints: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


def _nobody(cases: int) -> None:
    """Tell nobody how many cases there are."""


class Tally:
    """Counts answers; ``published`` decides which of them nobody was told of, ``told`` hears of every case."""

    def __init__(self, published: Published, *, slow_seconds: float, told: Callable[[int], None] = _nobody) -> None:
        self.cases = 0
        self._told = told
        self._published = published
        self._slow = slow_seconds
        self.rows: dict[str, Row] = {label: Row() for label in published.operations}
        self.ways: Counter[str] = Counter()
        self.findings: dict[tuple[str, str, str], list[str]] = {}
        self.counts: Counter[tuple[str, str, str]] = Counter()

    def answered(
        self, asked: Asked, status: int, headers: Mapping[str, str], body: bytes, seconds: float, *, odd: bool = False
    ) -> None:
        """Count an answer; ``odd`` is a request that the server may refuse before the application sees it."""
        row = self._count(asked)
        row.statuses[status] += 1
        row.slowest = max(row.slowest, seconds)
        if seconds > self._slow:
            self._found(asked, "slow", f"over {self._slow:g} s")
        if status >= SERVER_ERROR:
            self._found(asked, "server error", f"status {status} {_code(body)}")
            return
        content_type = headers.get("content-type", "")
        if odd and not content_type.startswith(("application/", "text/csv")):
            return
        for kind, detail in self._published.complaints(asked.label, status, content_type, body):
            self._found(asked, kind, detail)

    def silent(self, asked: Asked, why: str, *, allowed: bool) -> None:
        """Count a case that got no whole answer; ``allowed`` where the caller itself broke off."""
        row = self._count(asked)
        row.statuses[0] += 1
        if not allowed:
            self._found(asked, "broken answer", why)

    def _count(self, asked: Asked) -> Row:
        row = self.rows[asked.label]
        row.cases += 1
        self.cases += 1
        self._told(self.cases)
        self.ways[asked.way] += 1
        return row

    def _found(self, asked: Asked, kind: str, detail: str) -> None:
        self.rows[asked.label].complaints[kind] += 1
        key = (kind, asked.label, detail)
        self.counts[key] += 1
        samples = self.findings.setdefault(key, [])
        if len(samples) < MOST_SAMPLES:
            samples.append(f"{asked.way}: {asked.sample}")

    def total(self, kind: str) -> int:
        """How often there was cause for one kind of complaint."""
        return sum(row.complaints[kind] for row in self.rows.values())

    @property
    def failed(self) -> bool:
        """True when there was a server error, or an answer that broke off, which is one without its status."""
        return bool(self.total("server error") or self.total("broken answer"))

    def figures(self) -> dict[str, Any]:
        """Return everything as JSON."""
        kinds = ("server error", "broken answer", "undocumented", "mismatch", "slow")
        return {
            "cases": self.cases,
            **{kind.replace(" ", "_"): self.total(kind) for kind in kinds},
            "ways": dict(self.ways),
            "operations": {
                label: {
                    "cases": row.cases,
                    "statuses": {str(status): count for status, count in sorted(row.statuses.items())},
                    "complaints": dict(row.complaints),
                    "slowest_ms": round(row.slowest * 1000, 1),
                }
                for label, row in self.rows.items()
            },
            "findings": [
                {"kind": kind, "operation": label, "detail": detail, "count": self.counts[key], "samples": samples}
                for key, samples in self.findings.items()
                for kind, label, detail in (key,)
            ],
        }


def _code(body: bytes) -> str:
    """Return the code of a problem; the rest of it differs from answer to answer."""
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return repr(body[:100])


def show(tally: Tally, console: Console) -> None:
    """Print a line per operation, and every finding."""
    table = Table(
        "操作 operation", "次 cases", "状态 statuses", "5xx", "断 broken", "未载 undoc.", "不符 mism.", "ms max"
    )
    for label, row in tally.rows.items():
        statuses = " ".join(f"{status or '—'}:{count}" for status, count in sorted(row.statuses.items()))
        bad = [row.complaints[kind] for kind in ("server error", "broken answer", "undocumented", "mismatch")]
        marked = [f"[red]{count}[/red]" if count else "0" for count in bad]
        table.add_row(label, str(row.cases), statuses, *marked, f"{row.slowest * 1000:.0f}")
    sums = [str(tally.total(kind)) for kind in ("server error", "broken answer", "undocumented", "mismatch")]
    table.add_section()
    table.add_row("合计 total", str(tally.cases), " ".join(f"{k}:{n}" for k, n in tally.ways.items()), *sums, "")
    console.print(table)
    for (kind, label, detail), samples in tally.findings.items():
        console.print(f"[bold]{kind}[/bold] ×{tally.counts[kind, label, detail]} {label}", highlight=False)
        console.print(f"  {detail}\n  {samples[0][:400]}", markup=False, highlight=False)


def write(tally: Tally, target: Path, about: Mapping[str, Any]) -> None:
    """Write the figures and what they are about."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({**about, **tally.figures()}, ensure_ascii=False, indent=1) + "\n")

"""Measures tips: a crowd of reporters at the same moment, each with a tip of 2 KB and a picture of 200 KB.

    make load-tips ARGS="--reporters 200 --rounds 3"

One process serves, with Argon2id as it is shipped: 64 MiB and 3 passes for a hash, two at a time. Clients and
PostgreSQL share this machine. Figures go to `.fundwarden/bench/tips.json`.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.embedded_postgres import EmbeddedPostgres
from tests.bench.spine import ROOT
from tests.support.reporters import Figures, crowd, percentile, serving, stored

WARM_REPORTERS = 10
console = Console()


def row(figures: Figures, after: float) -> dict[str, Any]:
    """Return the figures of one round."""
    return {
        "reporters": len(figures.acknowledged),
        "reports_per_s": round(figures.reports_per_second, 2),
        "filing_p50_s": round(percentile(figures.filing_seconds, 50), 2),
        "filing_p99_s": round(percentile(figures.filing_seconds, 99), 2),
        "lookup_p50_s": round(percentile(figures.lookup_seconds, 50), 2),
        "lookup_p99_s": round(percentile(figures.lookup_seconds, 99), 2),
        "told_to_come_back": figures.told_to_come_back,
        "rss_mb_most": round(figures.most_mebibytes),
        "rss_mb_after": round(after),
    }


def measure(state: Path, reporters: int, rounds: int) -> dict[str, Any]:
    """Let the crowd come several times, one round after the other, to one process."""
    with EmbeddedPostgres(state / "postgres") as postgres:
        url = postgres.create_database("load_tips")
        asyncio.run(migrate(url))
        with serving(state, url) as served:
            asyncio.run(crowd(served, WARM_REPORTERS, seed=0))
            before = served.mebibytes()
            taken = []
            for number in range(rounds):
                with console.status(f"round {number + 1} of {rounds}: {reporters} reporters"):
                    figures = asyncio.run(crowd(served, reporters, seed=number + 1))
                if figures.found != len(figures.acknowledged) or len(figures.acknowledged) != reporters:
                    raise SystemExit("a tip that was acknowledged was not found")
                taken.append(row(figures, served.mebibytes()))
            total = WARM_REPORTERS + reporters * rounds
            if asyncio.run(stored(url)) != (total, total):
                raise SystemExit("the database has not what was acknowledged")
    return {
        "reports_per_s": taken[-1]["reports_per_s"],
        "p50_s": taken[-1]["filing_p50_s"],
        "p99_s": taken[-1]["filing_p99_s"],
        "rss_mb_before": round(before),
        "rss_mb_after": taken[-1]["rss_mb_after"],
        "rss_mb_most": max(each["rss_mb_most"] for each in taken),
        "rounds": taken,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "measured_at": SystemClock().now().isoformat(timespec="seconds"),
    }


def show(figures: dict[str, Any]) -> None:
    """Print a row for each round."""
    title = f"同时举报 Reporters at once · {figures['rss_mb_before']} MB before"
    table = Table(
        "", "reports/s", "filing p50 s", "p99 s", "look-up p50 s", "p99 s", "come back", "MB most", "MB after"
    )
    table.title = title
    for number, each in enumerate(figures["rounds"], 1):
        keys = ("reports_per_s", "filing_p50_s", "filing_p99_s", "lookup_p50_s", "lookup_p99_s", "told_to_come_back")
        cells = [str(each[key]) for key in (*keys, "rss_mb_most", "rss_mb_after")]
        table.add_row(f"round {number}: {each['reporters']}", *cells)
    console.print(table)


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reporters", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fundwarden-load-") as folder:
        figures = measure(Path(folder), asked.reporters, asked.rounds)
    show(figures)
    target = ROOT / ".fundwarden" / "bench" / "tips.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"→ {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

"""Measures intake: single posts, batches, the national interface and imports, beside COPY and a plain ORM service.

    make bench-intake ARGS="--settlements 40000"

Everything, the client included, shares this machine, and everything is measured in one run. Nothing relays: facts stay
in the outbox. Figures go to `.fundwarden/bench/intake.json`.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.embedded_postgres import EmbeddedPostgres
from tests.bench.baselines import copy_per_second, stream_once
from tests.bench.intake_ways import batch_per_second, fsi_per_second, import_per_second, single_per_second
from tests.support import load
from tests.support.installation import free_port
from tests.support.intake_process import ROOT, IntakeProcess
from tests.support.wire import post_each

console = Console()
Figures = dict[str, object]


def cpu_seconds(pid: int) -> float:
    """CPU time so far of a process and its children."""
    process = psutil.Process(pid)
    times = [member.cpu_times() for member in (process, *process.children(recursive=True)) if member.is_running()]
    return sum(time.user + time.system for time in times)


class Measured:
    """An installation of some API processes and what it costs."""

    def __init__(self, postgres: EmbeddedPostgres, name: str, state: Path, processes: int, stack: ExitStack) -> None:
        url = postgres.recreate_database(name)
        asyncio.run(migrate(url))
        self.url = url
        self.apis = [stack.enter_context(IntakeProcess(state, url)) for _ in range(processes)]
        self._postgres = postgres
        asyncio.run(self._register())

    async def _register(self) -> None:
        async with httpx.AsyncClient(base_url=self.apis[0].base_url, timeout=30) as client:
            await load.register(client, self.apis[0].header("registrar"))

    def cost(self, work: Callable[[], float], count: int) -> tuple[float, dict[str, float]]:
        """Do some work on so many settlements; return its rate and the CPU microseconds of each part."""
        return cost_of(work, count, [api.pid for api in self.apis], self._postgres)


def cost_of(
    work: Callable[[], float], count: int, pids: Sequence[int], postgres: EmbeddedPostgres
) -> tuple[float, dict[str, float]]:
    """Do some work with the API processes of these ids; return its rate and the CPU microseconds of each part."""
    parts = {"API": pids, "PostgreSQL": [postgres.server.get_pid()]}
    before = {part: sum(map(cpu_seconds, members)) for part, members in parts.items()}
    mine = psutil.Process().cpu_times()
    rate = work()
    spent = {part: sum(map(cpu_seconds, members)) - before[part] for part, members in parts.items()}
    now = psutil.Process().cpu_times()
    spent["client"] = now.user + now.system - mine.user - mine.system
    return rate, {part: round(seconds / count * 1e6, 1) for part, seconds in spent.items()}


@contextmanager
def orm(postgres: EmbeddedPostgres, processes: int) -> Iterator[tuple[list[str], list[int]]]:
    """Run the baseline, bare FastAPI with one ORM insert per request; yield its addresses and process ids."""
    url = postgres.recreate_database("bench_orm")
    addresses, running = [], []
    try:
        for _ in range(processes):
            port = free_port()
            command = [sys.executable, "-m", "uvicorn", "tests.bench.baselines:app", "--port", str(port)]
            running.append(
                subprocess.Popen(
                    [*command, "--no-access-log", "--log-level", "warning"],
                    env={**os.environ, "BASELINE_DATABASE_URL": url},
                    cwd=ROOT,
                )
            )
            addresses.append(f"http://127.0.0.1:{port}")
            asyncio.run(_wait(addresses[-1]))
        yield addresses, [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


async def _wait(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        await stream_once(client, next(load.settlements(1, start=9_000_000)))


def orm_per_second(
    postgres: EmbeddedPostgres, bodies: Sequence[bytes], processes: int
) -> tuple[float, dict[str, float]]:
    """Post settlements one by one to the baseline, as to us; return how many a second were answered, and the cost."""
    with orm(postgres, processes) as (addresses, pids):

        def post() -> float:
            seconds, seen = uvloop.run(post_each(addresses, "/settlements", {}, bodies))
            assert seen == {201: len(bodies)}, seen
            return len(bodies) / seconds

        return cost_of(post, len(bodies), pids, postgres)


def measure(postgres: EmbeddedPostgres, state: Path, count: int, progress: Progress) -> Figures:
    """Measure everything once."""
    bodies = list(load.settlements(count))
    few = bodies[: max(2_000, count // 5)]
    size = sum(map(len, bodies)) / count
    figures: Figures = {"settlements": count, "bytes_per_settlement": round(size), "lines_per_settlement": load.LINES}
    cost: dict[str, dict[str, float]] = {}
    steps = progress.add_task("COPY", total=9)

    def step(name: str) -> None:
        progress.update(steps, advance=1, description=name)

    figures["copy_per_s"] = asyncio.run(copy_per_second(postgres.recreate_database("bench_copy"), bodies))
    for processes in (1, 2):
        name = "" if processes == 1 else "_2_processes"
        step(f"FastAPI + ORM, {processes}")
        figures[f"orm_single{name}_per_s"], cost[f"orm_single{name}"] = orm_per_second(
            postgres, few[: len(few) // 2], processes
        )
        step(f"single posts, {processes}")
        with ExitStack() as stack:
            measured = Measured(postgres, "bench_single", state, processes, stack)
            uvloop.run(single_per_second(measured.apis, list(load.settlements(300, start=8_000_000, seed=8))))
            figures[f"single{name}_per_s"], cost[f"single{name}"] = measured.cost(
                lambda measured=measured: uvloop.run(single_per_second(measured.apis, few)),  # type: ignore[misc]
                len(few),
            )
    for processes in (1, 2):
        name = "_1_process" if processes == 1 else "_2_processes"
        step(f"batch, {processes}")
        with ExitStack() as stack:
            measured = Measured(postgres, "bench_batch", state, processes, stack)
            warm = list(load.settlements(500, start=8_000_000, seed=8))
            uvloop.run(batch_per_second(measured.apis, warm))
            figures[f"batch{name}_per_s"], cost[f"batch{name}"] = measured.cost(
                lambda measured=measured: uvloop.run(batch_per_second(measured.apis, bodies)),  # type: ignore[misc]
                count,
            )
    # On as many processes as serve this machine best.
    figures["batch_per_s"] = max(figures["batch_1_process_per_s"], figures["batch_2_processes_per_s"])  # type: ignore[call-overload]
    step("memory")
    figures |= memory(postgres, state, count)
    step("national interface, imports")
    with ExitStack() as stack:
        measured = Measured(postgres, "bench_ways", state, 1, stack)
        for name, way in (("fsi", fsi_per_second), ("import", import_per_second)):
            figures[f"{name}_per_s"], cost[name] = measured.cost(
                lambda way=way: uvloop.run(way(measured.apis[0], few)),  # type: ignore[misc]
                len(few),
            )
    step("done")
    figures["cpu_us"] = cost
    return figures


def memory(postgres: EmbeddedPostgres, state: Path, count: int) -> Figures:
    """Return what one process holds after a batch, and after one ten times as large."""
    small = count // 10
    figures: Figures = {}
    with ExitStack() as stack:
        measured = Measured(postgres, "bench_memory", state, 1, stack)
        for name, start, size in (("small", 0, small), ("large", small, small * 10)):
            uvloop.run(batch_per_second(measured.apis, list(load.settlements(size, start=start))))
            figures[f"rss_mb_{name}"] = round(measured.apis[0].resident_megabytes(), 1)
    return figures


def show(figures: Figures) -> None:
    """Print the figures, with the ratios that are aimed at."""
    size = float(figures["bytes_per_settlement"]) / 1e6  # type: ignore[arg-type]
    table = Table("", "结算/秒 settlements/s", "MB/s", "÷ ORM", "÷ COPY", title="数据接入 Intake")
    copied = float(figures["copy_per_s"])  # type: ignore[arg-type]
    for name, key, baseline in (
        ("逐笔 single posts, 64 connections", "single_per_s", "orm_single_per_s"),
        ("FastAPI + ORM", "orm_single_per_s", None),
        ("逐笔 single posts, 2 processes", "single_2_processes_per_s", "orm_single_2_processes_per_s"),
        ("FastAPI + ORM, 2 processes", "orm_single_2_processes_per_s", None),
        ("批量 batch", "batch_1_process_per_s", None),
        ("批量 batch, 2 processes", "batch_2_processes_per_s", None),
        ("国家接口 national interface", "fsi_per_s", None),
        ("文件导入 import", "import_per_s", None),
        ("COPY of the same bytes", "copy_per_s", None),
    ):
        value = figures.get(key)
        if not isinstance(value, float):
            table.add_row(name, "not measured", "", "", "")
            continue
        ratio = f"{value / float(figures[baseline]):.1f}" if baseline else ""  # type: ignore[arg-type]
        table.add_row(name, f"{value:,.0f}", f"{value * size:,.1f}", ratio, f"{value / copied:.2f}")
    console.print(table)
    cost = Table("", "API", "PostgreSQL", "client", title="µs CPU per settlement")
    for name, parts in figures["cpu_us"].items():  # type: ignore[attr-defined]
        cost.add_row(name, *(f"{parts[part]:,.0f}" for part in ("API", "PostgreSQL", "client")))
    console.print(cost)
    console.print(f"memory: {figures['rss_mb_small']} MB, after ten times as much {figures['rss_mb_large']} MB")


def main() -> None:
    """Measure everything in one run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settlements", type=int, default=40_000)
    count = parser.parse_args().settlements
    with (
        tempfile.TemporaryDirectory(prefix="fundwarden-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as postgres,
        Progress(console=console) as progress,
    ):
        figures = measure(postgres, Path(folder), count, progress)
    figures |= {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "measured_at": SystemClock().now().isoformat(timespec="seconds"),
    }
    show(figures)
    target = ROOT / ".fundwarden" / "bench" / "intake.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    rounded = {
        key: round(value) if isinstance(value, float) and key.endswith("_per_s") else value
        for key, value in figures.items()
    }
    target.write_text(json.dumps(rounded, indent=2) + "\n")
    console.print(f"→ {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

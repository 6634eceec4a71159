"""Measures the spine end to end: HTTP batch in, finding readable out, embedded and over Kafka, beside two baselines.

    make bench ARGS="--settlements 20000"

Everything, the client included, shares this machine. Figures go to `.fundwarden/bench/spine.json`.
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import psutil
from rich.console import Console
from rich.table import Table

from deploy.kafka.broker import Broker, missing_tools
from services.distributed import Distributed
from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.db import connection_arguments
from services.kit.embedded_postgres import EmbeddedPostgres
from services.kit.tokens import development_key_files, ensure_key_files, issue_token
from services.kit.topics import apply_topics, read_topics
from tests.bench.baselines import copy_per_second, orm_per_second
from tests.support import load

ROOT = Path(__file__).resolve().parents[2]
BATCH = 500
STREAMS = 4
console = Console()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU time so far of processes and their children; of this process its own alone, the others are its children."""
    spent = {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        family = [process] if pid == os.getpid() else [process, *process.children(recursive=True)]
        times = [member.cpu_times() for member in family if member.is_running()]
        spent[name] = sum(time.user + time.system for time in times)
    return spent


async def wait_until_read(url: str, expected: int) -> None:
    """Return when every settlement is screened, its outcome is back at intake, and no fact waits anywhere."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        async with asyncio.timeout(600):
            while True:
                screened = await connection.fetchval("select count(*) from screening.settlement")
                if screened >= expected and not await connection.fetchval(
                    "select exists (select from intake.outbox) or exists (select from screening.outbox)"
                ):
                    return
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def drive(base_url: str, state: Path, url: str, bodies: Sequence[bytes]) -> float:
    """Register, post everything and wait; return the seconds from the first post to the last finding."""
    key = ensure_key_files(development_key_files(state))

    def header(role: str, **claims: str) -> dict[str, str]:
        token = issue_token(
            key,
            issuer="fundwarden",
            audience="fundwarden",
            subject=f"bench-{role}",
            roles=[role],
            now=SystemClock().now(),
            lifetime=timedelta(hours=1),
            **claims,  # type: ignore[arg-type]
        )
        return {"Authorization": f"Bearer {token}"}

    async with httpx.AsyncClient(base_url=base_url, timeout=120) as client:
        await load.register(client, header("registrar"))
        hospital = header("hospital", institution=load.HOSPITAL)
        warm = list(load.settlements(BATCH, start=10_000_000, seed=99))
        await load.post_batches(client, hospital, warm, size=BATCH)
        await wait_until_read(url, len(warm))
        started = time.perf_counter()
        counted = await load.post_batches(client, hospital, bodies, size=BATCH, streams=STREAMS)
        assert counted == {"created": len(bodies)}, counted
        await wait_until_read(url, len(warm) + len(bodies))
        return time.perf_counter() - started


@contextmanager
def up(state: Path, url: str) -> Iterator[tuple[str, int]]:
    """Run the embedded system in a process of its own; yield its address and process id."""
    port = free_port()
    environment = {
        **os.environ,
        "FUNDWARDEN_STATE_DIRECTORY": str(state),
        "FUNDWARDEN_DATABASE_URL": url,
        "FUNDWARDEN_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "services.cli", "up", "--port", str(port)]
    with subprocess.Popen(command, env=environment, cwd=ROOT) as process:
        try:
            base_url = f"http://127.0.0.1:{port}"
            for _ in range(600):
                try:
                    if httpx.get(f"{base_url}/tips/health/ready", timeout=1).is_success:
                        break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield base_url, process.pid
        finally:
            process.terminate()


def steps(before: dict[str, float], after: dict[str, float], count: int) -> dict[str, float]:
    """CPU microseconds per settlement and process."""
    return {name: round((after[name] - before[name]) / count * 1e6, 1) for name in before}


def embedded(postgres: EmbeddedPostgres, state: Path, bodies: Sequence[bytes]) -> tuple[float, dict[str, float]]:
    """Measure one process with the direct bus."""
    url = postgres.create_database("bench_embedded")
    with up(state, url) as (base_url, pid):
        pids = {"fundwarden": pid, "postgresql": postgres.server.get_pid(), "client": os.getpid()}
        before = cpu_seconds(pids)
        seconds = asyncio.run(drive(base_url, state, url, bodies))
        after = cpu_seconds(pids)
    return len(bodies) / seconds, steps(before, after, len(bodies))


def over_kafka(postgres: EmbeddedPostgres, state: Path, bodies: Sequence[bytes]) -> tuple[float, dict[str, float]]:
    """Measure separate processes over a real Apache Kafka, broker included."""
    url = postgres.create_database("bench_kafka")
    asyncio.run(migrate(url))
    ensure_key_files(development_key_files(state))
    with Broker(state / "kafka") as broker:
        asyncio.run(apply_topics(broker.bootstrap, read_topics(ROOT / "deploy" / "topics.yaml"), replication=1))
        system = Distributed(
            state=state,
            database_url=url,
            kafka=broker.bootstrap,
            port=free_port(),
            environment={"FUNDWARDEN_LOG_LEVEL": "warning"},
        )
        with system:
            pids = {role: system.pid(role) for role in ("api", "intake", "screening", "credit", "tips")}
            pids |= {"postgresql": postgres.server.get_pid(), "kafka": broker.pid() or 0, "client": os.getpid()}
            before = cpu_seconds(pids)
            seconds = asyncio.run(drive(system.base_url, state, url, bodies))
            after = cpu_seconds(pids)
    return len(bodies) / seconds, steps(before, after, len(bodies))


def orm(postgres: EmbeddedPostgres, bodies: Sequence[bytes]) -> float:
    """Measure bare FastAPI with one ORM insert per request."""
    url = postgres.create_database("bench_orm")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.baselines:app", "--port", str(port), "--no-access-log"]
    with subprocess.Popen(
        [*command, "--log-level", "warning"], env={**os.environ, "BASELINE_DATABASE_URL": url}, cwd=ROOT
    ) as process:
        try:
            return asyncio.run(orm_per_second(f"http://127.0.0.1:{port}", bodies))
        finally:
            process.terminate()


def show(figures: dict[str, object]) -> None:
    """Print the figures as a table, ratios against the ORM baseline."""
    baseline = float(figures["orm_baseline_per_s"])  # type: ignore[arg-type]
    table = Table("", "结算/秒 settlements/s", "× ORM", title="主干 The spine, end to end")
    for name, key in (
        ("embedded 单机", "embedded_per_s"),
        ("Kafka 分布式", "kafka_per_s"),
        ("baseline: FastAPI + ORM insert (store only)", "orm_baseline_per_s"),
        ("baseline: PostgreSQL COPY of the same bytes", "copy_per_s"),
    ):
        value = figures.get(key)
        if value is not None:
            table.add_row(name, f"{float(value):,.0f}", f"{float(value) / baseline:.1f}")  # type: ignore[arg-type]
    console.print(table)
    for way, shares in figures["steps"].items():  # type: ignore[attr-defined]
        total = sum(shares.values())
        cost = Table("process", "µs CPU / settlement", "share", title=f"where the time goes · {way} · {total:,.0f} µs")
        for name, value in sorted(shares.items(), key=lambda item: -item[1]):
            cost.add_row(name, f"{value:,.0f}", f"{value / total:.0%}")
        console.print(cost)


def main() -> None:
    """Measure everything in one run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settlements", type=int, default=20_000)
    count = parser.parse_args().settlements
    bodies = list(load.settlements(count))
    figures: dict[str, object] = {
        "settlements": count,
        "lines_per_settlement": load.LINES,
        "bytes_per_settlement": sum(map(len, bodies)) // count,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "measured_at": SystemClock().now().isoformat(timespec="seconds"),
    }
    shares: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="fundwarden-bench-") as folder:
        state = Path(folder)
        with EmbeddedPostgres(state / "postgres") as postgres:
            with console.status("COPY"):
                url = postgres.create_database("bench_copy")
                figures["copy_per_s"] = round(asyncio.run(copy_per_second(url, bodies)))
            with console.status("FastAPI + ORM"):
                figures["orm_baseline_per_s"] = round(orm(postgres, bodies[: max(1000, count // 5)]))
            with console.status("embedded"):
                figures["embedded_per_s"], shares["embedded"] = embedded(postgres, state, bodies)
            if missing := missing_tools():
                console.print(f"[red]KAFKA NOT MEASURED: {', '.join(missing)} not found[/red]")
            else:
                with console.status("Kafka"):
                    figures["kafka_per_s"], shares["kafka"] = over_kafka(postgres, state, bodies)
    figures["steps"] = shares
    for key in ("embedded_per_s", "kafka_per_s"):
        if key in figures:
            figures[key] = round(figures[key])  # type: ignore[call-overload]
    show(figures)
    target = ROOT / ".fundwarden" / "bench" / "spine.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"→ {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

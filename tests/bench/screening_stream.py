"""Screens a stream of claims as workers do: each process its share of the persons, all in one PostgreSQL.

    python -m tests.bench.screening_stream --claims 20000 --workers 2

A worker decodes what a topic would hand it and screens batch after batch: one read of history, one write, the facts
for others in the same transaction. Claims come in the order of settling, a fiftieth of them late. A person's claims
reach one worker, as they share a partition; traceability codes cross persons, and so workers wait for each other where
they would. Prints one JSON object for each number of workers.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import uvloop

from services.contracts.intake import SettlementAccepted
from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.embedded_postgres import EmbeddedPostgres
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.runner import collect_seldom
from services.screening.settings import ScreeningSettings
from services.screening.wiring import build_screen_settlements, open_resources
from tests.bench.random_claims import claims_of, plan_of

ROOT = Path(__file__).resolve().parents[2]
BATCH = 500
LATE_SHARE = 0.02
"""Claims that come after later ones."""

_decode = msgspec.json.Decoder(SettlementAccepted).decode


def arriving(count: int, *, seed: int) -> list[SettlementAccepted]:
    """Claims in the order in which a topic would hold them."""
    draw = random.Random(seed)
    claims = sorted(claims_of(plan_of(), count, seed=seed), key=lambda claim: claim.settled_at)
    places = {
        claim.settlement_ref: position + (draw.randrange(count // 4) if draw.random() < LATE_SHARE else 0)
        for position, claim in enumerate(claims)
    }
    return sorted(claims, key=lambda claim: places[claim.settlement_ref])


async def work(url: str, bodies: Sequence[bytes]) -> None:
    """Screen one worker's share: the first batch to warm up, then, once told to, the rest."""
    settings = ScreeningSettings(database_url=url)  # type: ignore[arg-type]
    async with open_resources(settings) as resources:
        screen = build_screen_settlements(resources)

        async def batch(begin: int) -> None:
            now = SystemClock().now()
            claims = [_decode(body) for body in bodies[begin : begin + BATCH]]
            await screen([Event(new_id(), claim.TYPE, claim.key, now, claim, None) for claim in claims])

        await batch(0)
        collect_seldom()
        print("ready", flush=True)
        sys.stdin.readline()
        cpu = time.process_time()
        for begin in range(BATCH, len(bodies), BATCH):
            await batch(begin)
        print(json.dumps({"screened": len(bodies) - BATCH, "cpu_s": time.process_time() - cpu}), flush=True)
        # The connection stays until what its server process used has been read.
        sys.stdin.readline()


@contextmanager
def workers(url: str, files: Sequence[Path]) -> Iterator[list[subprocess.Popen[str]]]:
    """Run a worker for each file of claims; yield them when all are warm."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.screening_stream", "--work", str(file), url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for file in files
    ]
    try:
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n", "a worker did not start"
        yield started
    finally:
        for one in started:
            one.terminate()
            one.wait(30)


def _cpu_of(postgres: EmbeddedPostgres) -> float:
    server = psutil.Process(postgres.server.get_pid())
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def measure(postgres: EmbeddedPostgres, folder: Path, count: int, number: int) -> dict[str, Any]:
    """Screen so many claims with so many workers; return the rate and what a claim cost."""
    url = postgres.recreate_database("bench_stream")
    asyncio.run(migrate(url))
    shares: list[list[bytes]] = [[] for _ in range(number)]
    for claim in arriving(count, seed=7):
        shares[int(claim.insured_ref, 16) % number].append(msgspec.json.encode(claim))
    files = []
    for position, share in enumerate(shares):
        files.append(folder / f"share-{position}.ndjson")
        files[-1].write_bytes(b"\n".join(share))
    with workers(url, files) as started:
        before, begun = _cpu_of(postgres), time.perf_counter()
        for one in started:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        answers = [json.loads(one.stdout.readline()) for one in started if one.stdout is not None]
        seconds, spent = time.perf_counter() - begun, _cpu_of(postgres) - before
    done = sum(answer["screened"] for answer in answers)
    return {
        "workers": number,
        "claims_per_s": round(done / seconds),
        "worker_cpu_us": round(sum(answer["cpu_s"] for answer in answers) / done * 1e6),
        "postgresql_cpu_us": round(spent / done * 1e6),
    }


def run(count: int, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Measure each number of workers on a database of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="fundwarden-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as postgres,
    ):
        return [measure(postgres, Path(folder), count, number) for number in numbers]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work is not None:
        uvloop.run(work(given.work[1], Path(given.work[0]).read_bytes().splitlines()))
    else:
        for figures in run(given.claims, given.workers):
            print(json.dumps(figures))

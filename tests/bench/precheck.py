"""Measures pre-checks over HTTP at fixed rates: a real server process, PostgreSQL, ten lines a visit, with history.

    python -m tests.bench.precheck --rates 50 200 --seconds 10

Requests leave when they are due, whether or not earlier ones were answered, and latency counts from then: a server
that falls behind cannot hide it. The client shares the machine. Prints one JSON object.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.db import connection_arguments
from services.kit.embedded_postgres import EmbeddedPostgres
from services.kit.ids import new_id
from services.kit.pseudonym import derive_key, pseudonym
from services.kit.tokens import development_key_files, ensure_key_files, issue_token
from services.screening.rulebooks import read_rulebook

HOSPITAL = "H11010500001"
SECRET = "bench-secret-of-thirty-two-characters"
PERSONS = 5_000
LINES = 10
CONNECTIONS = 8
LAUNCH = "import uvloop; uvloop.install(); from services.cli import main; main()"


def visits(seed: int, number: int) -> list[bytes]:
    """Bodies of ten lines, half of them of items that some knowledge point names."""
    choose = random.Random(seed)
    points = [point for point in read_rulebook()["points"] if point.get("codes")]
    now = datetime.now(UTC).isoformat()
    bodies = []
    for place in range(number):
        codes = [choose.choice(choose.choice(points)["codes"]) for _ in range(LINES // 2)]
        codes += [f"00{choose.randrange(10**13):013d}" for _ in range(LINES - len(codes))]
        body = {
            "phase": "during",
            "visit_id": f"V{place}",
            "institution": {"level": 3, "category": "general"},
            "insured_person": {"number": f"P{choose.randrange(PERSONS):06d}", "birth_date": "1980-05-05"},
            "sex": choose.choice(["male", "female"]),
            "insurance_type": "310",
            "medical_type": "11",
            "diagnosis_codes": ["J18.900", "I10.x00"],
            "practitioner_code": f"D1101050000{choose.randrange(50):02d}",
            "lines": [
                {"item_code": code, "quantity_e4": 10_000, "amount_fen": 3_600, "charged_at": now} for code in codes
            ],
        }
        bodies.append(json.dumps(body).encode())
    return bodies


async def seed_history(url: str) -> None:
    """Give every person forty remembered lines of items that checks ask for."""
    key = derive_key(SECRET)
    choose = random.Random(1)
    codes = sorted({code for point in read_rulebook()["points"] for code in point.get("codes", ())})
    now = datetime.now(UTC)
    records = [
        (
            pseudonym(f"P{person:06d}", key),
            choose.choice(codes),
            new_id(),
            1,
            now - timedelta(days=choose.randrange(1, 90)),
            10_000,
            3_600,
            HOSPITAL,
            person * 40 + turn,
        )
        for person in range(PERSONS)
        for turn in range(40)
    ]
    connection = await asyncpg.connect(**connection_arguments(url), server_settings={"search_path": "screening"})
    columns = [
        "insured_ref",
        "item_code",
        "settlement_ref",
        "line_number",
        "charged_at",
        "quantity_e4",
        "amount_fen",
        "institution_code",
        "position",
    ]
    await connection.copy_records_to_table("remembered_line", records=records, columns=columns)
    await connection.execute("analyze remembered_line")
    await connection.close()


class Caller:
    """One kept-alive connection."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = (
            f"POST /screening/v1/prechecks HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Caller"]:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        yield self
        self._writer.close()

    async def ask(self, body: bytes) -> int:
        self._writer.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await self._reader.readexactly(length)
        return int(head[9:12])


async def at_rate(port: int, token: str, bodies: Sequence[bytes], rate: float, seconds: float) -> dict[str, float]:
    """Ask at a fixed rate; return percentiles of the latency in milliseconds."""
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    latencies: list[float] = []

    async def work() -> None:
        async with Caller(port, token).opened() as caller:
            while (task := await due.get()) is not None:
                planned, body = task
                status = await caller.ask(body)
                assert status == 200, status
                latencies.append(time.perf_counter() - planned)

    workers = [asyncio.create_task(work()) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for turn in range(int(rate * seconds)):
        planned = started + turn / rate
        await asyncio.sleep(max(0.0, planned - time.perf_counter()))
        due.put_nowait((planned, bodies[turn % len(bodies)]))
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    marks = statistics.quantiles(latencies, n=1000)
    return {
        "rate": rate,
        "asked": len(latencies),
        "p50_ms": round(marks[499] * 1000, 2),
        "p90_ms": round(marks[899] * 1000, 2),
        "p99_ms": round(marks[989] * 1000, 2),
        "max_ms": round(max(latencies) * 1000, 2),
    }


def serve(url: str, state: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the API process; return it and its port once it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "FUNDWARDEN_DATABASE_URL": url,
        "FUNDWARDEN_STATE_DIRECTORY": str(state),
        "FUNDWARDEN_SCREENING_PSEUDONYM_KEY": derive_key(SECRET).hex(),
        "FUNDWARDEN_PORT": str(port),
        "FUNDWARDEN_LOG_LEVEL": "warning",
    }
    process = subprocess.Popen([sys.executable, "-c", LAUNCH, "serve", "screening"], env=environment)
    for _ in range(1_200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


def measure(rates: Sequence[float], seconds: float) -> dict[str, Any]:
    """Run everything once."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as postgres:
        state = Path(folder) / "state"
        url = postgres.create_database("bench")
        asyncio.run(migrate(url))
        key = ensure_key_files(development_key_files(state))
        token = issue_token(
            key,
            issuer="fundwarden",
            audience="fundwarden",
            subject="bench",
            roles=["hospital"],
            institution=HOSPITAL,
            now=SystemClock().now(),
            lifetime=timedelta(hours=1),
        )
        process, port = serve(url, state)
        try:
            asyncio.run(seed_history(url))
            bodies = visits(7, 2_000)
            asyncio.run(at_rate(port, token, bodies, 50, 3))
            figures = [asyncio.run(at_rate(port, token, bodies, rate, seconds)) for rate in rates]
        finally:
            process.terminate()
            process.wait(20)
    return {"lines_per_visit": LINES, "persons": PERSONS, "lines_of_history": PERSONS * 40, "rates": figures}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=float, nargs="+", default=[50.0, 200.0])
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.rates, arguments.seconds), indent=2))

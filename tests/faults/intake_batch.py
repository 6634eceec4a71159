"""Drill: the API is killed in the middle of one large batch, and the client goes on from where it was taken.

    make drill-intake ARGS="--megabytes 1024"

Afterwards the database is counted: every line is stored once, stated once, and no other is there.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
from rich.console import Console
from rich.progress import Progress

from services.embedded import migrate
from services.kit.db import connection_arguments
from services.kit.embedded_postgres import EmbeddedPostgres, scratch_directory
from tests.support import load
from tests.support.intake_process import IntakeProcess
from tests.support.wire import stream_lines

BATCH = "drill"
PART_BYTES = 1 << 18
SENDING_ERRORS = (ConnectionError, asyncio.IncompleteReadError, httpx.HTTPError)


class Outcome(NamedTuple):
    """What the drill counted."""

    lines: int
    kills: int
    taken_at_kills: list[int]
    """Lines that the API said were taken, after each kill."""
    stored: int
    distinct: int
    stated: int
    stated_distinct: int
    unstated: int
    seconds: float
    most_megabytes: float
    """Most memory the API was seen to hold."""


def write_body(path: Path, size: int) -> int:
    """Write settlements, one a line, until the file has so many bytes; return how many lines there are."""
    lines = 0
    with path.open("wb") as file:
        for body in load.settlements(size):
            file.write(body + b"\n")
            lines += 1
            if file.tell() >= size:
                break
    return lines


def from_line(path: Path, line: int) -> Iterator[bytes]:
    """Yield the file in parts, beginning with a line."""
    with path.open("rb") as file:
        for _ in range(line - 1):
            file.readline()
        while part := file.read(PART_BYTES):
            yield part


async def run(api: IntakeProcess, url: str, path: Path, lines: int, *, kills: int, progress: Progress) -> Outcome:
    """Send the file under a name; kill the API each time a further share is stored; go on until all is taken."""
    started = time.perf_counter()
    connection = await asyncpg.connect(**connection_arguments(url))
    hospital = api.header("hospital", institution=load.HOSPITAL)
    async with httpx.AsyncClient(base_url=api.base_url) as client:
        await load.register(client, api.header("registrar"))
    shown = progress.add_task("lines", total=lines)
    most = 0.0
    taken: list[int] = []
    next_line = 1
    while True:
        sending = asyncio.create_task(_send(api.base_url, hospital, path, next_line))
        goal = lines * (len(taken) + 1) // (kills + 1) if len(taken) < kills else None
        while not sending.done():
            await asyncio.wait({sending}, timeout=0.05)
            stored = await connection.fetchval("select coalesce(max(next_line), 1) - 1 from intake.settlement_batch")
            progress.update(shown, completed=stored)
            if not sending.done():
                most = max(most, api.resident_megabytes())
            if goal is not None and stored >= goal:
                api.kill()
                break
        with contextlib.suppress(*SENDING_ERRORS):
            await sending
        if goal is not None:
            await asyncio.to_thread(api.start)
        async with httpx.AsyncClient(base_url=api.base_url) as client:
            status = (await client.get(f"/intake/v1/settlement-batches/{BATCH}", headers=hospital)).json()
        next_line = status["next_line"]
        if goal is not None:
            taken.append(status["lines_taken"])
        if status["finished"]:
            break
    row = await connection.fetchrow(
        """
        select count(*) as stored, count(distinct (institution_code, settlement_id)) as distinct,
            (select count(*) from intake.outbox where topic = 'intake.settlement') as stated,
            (select count(distinct event_id) from intake.outbox where topic = 'intake.settlement') as stated_distinct,
            (select count(*) from intake.settlement s where not exists
                (select from intake.outbox o where o.event_id = s.settlement_ref)) as unstated
        from intake.settlement
        """
    )
    await connection.close()
    return Outcome(lines, len(taken), taken, *row, time.perf_counter() - started, most)


async def _send(base_url: str, headers: dict[str, str], path: Path, line: int) -> None:
    target = f"/intake/v1/settlements/batch?from_line={line}"
    async for _ in stream_lines(base_url, target, headers | {"Batch-Id": BATCH}, from_line(path, line)):
        pass


def main() -> None:
    """Run the drill with a body of some size and say what was counted; fails when anything is missing or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--kills", type=int, default=2)
    arguments = parser.parse_args()
    console = Console()
    postgres = EmbeddedPostgres(scratch_directory())
    try:
        with tempfile.TemporaryDirectory(prefix="fundwarden-drill-") as folder, postgres, Progress() as progress:
            state = Path(folder)
            body = state / "batch.ndjson"
            lines = write_body(body, arguments.megabytes * 2**20)
            url = postgres.create_database("drill")
            asyncio.run(migrate(url))
            with IntakeProcess(state, url) as api:
                outcome = asyncio.run(run(api, url, body, lines, kills=arguments.kills, progress=progress))
            size = body.stat().st_size
    finally:
        postgres.remove()
    console.print(outcome._asdict())
    console.print(f"{size / 2**20:,.0f} MiB, {lines / outcome.seconds:,.0f} settlements/s with the kills")
    if {outcome.stored, outcome.distinct, outcome.stated, outcome.stated_distinct} != {lines} or outcome.unstated:
        raise SystemExit("lines are missing or doubled")


if __name__ == "__main__":
    main()

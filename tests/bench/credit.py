"""Measures credit: ratings recomputed from numbers and from evidence, and lookups of eligibility, beside baselines.

    make bench-credit ARGS="--months 1000000"

Everything, the client included, shares this machine. Figures go to `.fundwarden/bench/credit.json`.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Self

import asyncpg
import httpx
from rich.console import Console
from rich.table import Table

from services.credit.domain.rating import Benchmark, Evidence, calculator, quantities_of, rate
from services.credit.domain.rating_policy import RatingPolicy
from services.credit.settings import CreditSettings
from services.credit.wiring import build_read_eligibility, load_policies, open_resources
from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.db import connection_arguments
from services.kit.embedded_postgres import EmbeddedPostgres
from services.kit.principal import Principal
from services.kit.tokens import development_key_files, ensure_key_files, issue_token
from tests.bench.spine import ROOT, free_port, up

PEOPLE = 20_000
"""Practitioners in the registry; the measures grow, they do not."""
MEASURES = (20_000, 200_000)
"""Standing measures: one a practitioner, then ten."""
LOOKUPS = 4_000
STREAMS = 8
BULK = 1_000
REGION = "110105"
DAY = date(2026, 3, 10)
READER = Principal("bench", frozenset({"standing:read"}), None, None, None, frozenset({"auditor"}))
console = Console()

# Plainly what eligibility must read at least, by primary key and index, without a program around it.
PLAIN = """
    select kind, effective_from, effective_until from credit.measure where practitioner_code = $1 and undone_at is null
"""


def code_of(number: int) -> str:
    """Code of the nth practitioner."""
    return f"D110105{number:06}"


async def grow(url: str, measures: int) -> None:
    """Fill the registry and bring the standing measures to a number, spread evenly over practitioners."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        await connection.execute(
            """
            insert into credit.practitioner (practitioner_code, category, institution_codes, active, stated_at)
            select 'D110105' || lpad(n::text, 6, '0'), 'physician', array['H11010500001'], true, now()
            from generate_series(0, $1::int - 1) n on conflict do nothing
            """,
            PEOPLE,
        )
        await connection.execute(
            """
            insert into credit.sanction (sanction_id, institution_code, kind, deciding_authority, document_number,
                decided_on, digest, policy_version, recorded_at, recorded_by)
            values ('0199c0de-0000-7000-8000-000000000001', 'H11010500001', 'penalty_article_38', '某市医疗保障局',
                '1', '2026-01-05', '\\x00', 'national-2024', now(), 'bench') on conflict do nothing
            """
        )
        standing = await connection.fetchval("select count(*) from credit.measure")
        await connection.execute(
            f"""
            insert into credit.measure (measure_id, practitioner_code, kind, sanction_id, year, points, effective_from,
                effective_until, policy_version, stated_at)
            select gen_random_uuid(), 'D110105' || lpad((n % {PEOPLE})::text, 6, '0'), 'suspension',
                '0199c0de-0000-7000-8000-000000000001', 2026, 9, begin, begin + interval '30 days', 'national-2024',
                now()
            from (select n, timestamptz '2020-01-01' + (n / {PEOPLE}) * interval '40 days' as begin
                  from generate_series({standing}, {measures - 1}) n) spread
            """
        )
        await connection.execute("analyze credit.measure; analyze credit.practitioner")
    finally:
        await connection.close()


async def timed(call: Callable[[str], Awaitable[Any]], codes: Sequence[str]) -> dict[str, float]:
    """Call once for each code; return p50 and p99 in milliseconds and calls a second."""
    (figures,) = await timed_in_turn((call,), codes)
    return figures


async def timed_in_turn(
    calls: Sequence[Callable[[str], Awaitable[Any]]], codes: Sequence[str]
) -> list[dict[str, float]]:
    """Call one after the other for each code; return p50 and p99 in milliseconds and calls a second of each."""
    for code in codes[:200]:
        for call in calls:
            await call(code)
    spent: list[list[float]] = [[] for _ in calls]
    for code in codes:
        for call, own in zip(calls, spent, strict=True):
            before = time.perf_counter()
            await call(code)
            own.append((time.perf_counter() - before) * 1e3)
    return [summary(own) for own in spent]


def summary(spent: list[float]) -> dict[str, float]:
    """Summarise milliseconds of calls."""
    ordered = sorted(spent)
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 3),
        "p99_ms": round(ordered[len(ordered) * 99 // 100], 3),
        "per_s": round(1e3 * len(ordered) / sum(ordered)),
    }


async def at_once(calls: Sequence[Callable[[str], Awaitable[Any]]], codes: Sequence[str]) -> int:
    """Call for every code, each stream its own way; return calls a second."""

    async def stream(call: Callable[[str], Awaitable[Any]], own: Sequence[str]) -> None:
        for code in own:
            await call(code)

    started = time.perf_counter()
    await asyncio.gather(*(stream(call, codes[number :: len(calls)]) for number, call in enumerate(calls)))
    return round(len(codes) / (time.perf_counter() - started))


def token(state: Path) -> dict[str, str]:
    """Bearer header of an auditor."""
    issued = issue_token(
        ensure_key_files(development_key_files(state)),
        issuer="fundwarden",
        audience="fundwarden",
        subject="bench",
        roles=["auditor"],
        now=SystemClock().now(),
        lifetime=timedelta(hours=1),
    )
    return {"Authorization": f"Bearer {issued}"}


class Line:
    """One kept HTTP connection that does no more than it must, so that the server is measured and not its client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        self._reader = reader
        self._writer = writer
        self._head = head

    @classmethod
    async def open(cls, base_url: str, headers: Mapping[str, str]) -> Self:
        """Connect."""
        host, port = base_url.removeprefix("http://").split(":")
        head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"{host}:{port}", **headers}.items())
        return cls(*await asyncio.open_connection(host, int(port)), head.encode())

    async def get(self, target: str) -> bytes:
        """Return the body of a 200."""
        self._writer.write(b"GET " + target.encode() + b" HTTP/1.1\r\n" + self._head + b"\r\n")
        answer = await self._reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = answer.lower().split(b"content-length: ", 1)[1].split(b"\r", 1)[0]
        return await self._reader.readexactly(int(length))

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()


@contextmanager
def served_bare() -> Iterator[str]:
    """Serve the bare route in a process of its own; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.baselines:bare", "--factory", "--port", str(port)]
    with subprocess.Popen([*command, "--no-access-log", "--log-level", "error"], cwd=ROOT) as process:
        try:
            base_url = f"http://127.0.0.1:{port}"
            for _ in range(300):
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(f"{base_url}/bare?practitioner=D1", timeout=1).raise_for_status()
                    break
                time.sleep(0.1)
            yield base_url
        finally:
            process.terminate()


async def lookups(url: str, base_url: str, bare_url: str, state: Path, codes: Sequence[str]) -> dict[str, Any]:
    """Measure lookups over HTTP and directly, beside the two baselines, in one go on one database."""
    figures: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=base_url, headers=token(state), timeout=30))
        plain = await asyncpg.connect(**connection_arguments(url))
        stack.push_async_callback(plain.close)
        settings = CreditSettings(database_url=url, state_directory=state)  # type: ignore[arg-type]
        resources = await stack.enter_async_context(open_resources(settings))
        read = build_read_eligibility(resources)

        lines = [await Line.open(base_url, token(state)) for _ in range(STREAMS)]
        bare = await Line.open(bare_url, {})
        for line in (*lines, bare):
            stack.push_async_callback(line.close)

        def over(line: Line) -> Callable[[str], Awaitable[Any]]:
            return lambda code: line.get(f"/credit/v1/eligibility?practitioner={code}")

        # One after the other in turn, so that whatever else the machine does meets both alike.
        figures["http"], figures["bare"] = await timed_in_turn(
            (over(lines[0]), lambda code: bare.get(f"/bare?practitioner={code}")), codes
        )
        figures["http_to_bare_p50"] = round(figures["http"]["p50_ms"] / figures["bare"]["p50_ms"], 2)
        figures["http_to_bare_p99"] = round(figures["http"]["p99_ms"] / figures["bare"]["p99_ms"], 2)
        figures["direct"] = await timed(lambda code: read([code], READER, at=None), codes)
        figures["plain_select"] = await timed(lambda code: plain.fetch(PLAIN, code), codes)
        figures["http_streams_per_s"] = await at_once([over(line) for line in lines], codes)
        asked = [code_of(number) for number in range(BULK)]
        started = time.perf_counter()
        answer = await client.post("/credit/v1/eligibility/bulk", json={"practitioner_codes": asked})
        assert len(answer.json()["items"]) == BULK, answer.text
        figures["bulk_per_s"] = round(BULK / (time.perf_counter() - started))
    return figures


def numbers(policy: RatingPolicy, count: int, generator: random.Random) -> list[tuple[int, list[int]]]:
    """Make volumes and quantities of institution-months, most of them quiet, as months are."""
    width = len(policy.indicators)
    return [
        (
            generator.randrange(50, 50_000),
            [generator.choice((-1, 0, 0, 0, 1, 2, 7)) * generator.choice((1, 1, 1_000)) for _ in range(width)],
        )
        for _ in range(count)
    ]


def ratings(policy: RatingPolicy, months: int) -> dict[str, Any]:
    """Recompute ratings from numbers, and fewer from evidence with every change explained, beside a bare sum."""
    generator = random.Random(2026)
    benchmarks = {one.code: Benchmark(best=1_000, middle=400) for one in policy.indicators if one.compared}
    calculate = calculator(policy, benchmarks)
    held = numbers(policy, min(months, 100_000), generator)
    rounds = max(1, months // len(held))
    timings: dict[str, Any] = {"months": rounds * len(held), "indicators": len(policy.indicators)}
    for share, label in ((10, "ratings_tenth_per_s"), (1, "ratings_per_s")):
        turns = max(1, rounds // share)
        started = time.perf_counter()
        for _ in range(turns):
            for volume, quantities in held:
                calculate(volume, quantities)
        timings[label] = round(turns * len(held) / (time.perf_counter() - started))
    started = time.perf_counter()
    for _, quantities in held:
        sum(quantities)
    timings["bare_sum_per_s"] = round(len(held) / (time.perf_counter() - started))
    metrics = sorted({metric for indicator in policy.indicators for metric in indicator.metrics})
    files = [
        [
            Evidence(f"{number}-{place}", generator.choice(metrics), generator.randrange(1, 50), f"c{place // 2}", DAY)
            for place in range(generator.randrange(12))
        ]
        for number in range(20_000)
    ]
    started = time.perf_counter()
    explained = [rate(policy, evidence, 1_000, benchmarks=benchmarks) for evidence in files]
    timings["explained_per_s"] = round(len(files) / (time.perf_counter() - started))
    for evidence, rated in zip(files[:500], explained[:500], strict=True):
        score, _ = calculate(1_000, quantities_of(policy, evidence))
        assert score == rated.score_e2, "the fast form and the explained form differ"
    return timings


def show(figures: dict[str, Any]) -> None:
    """Print the figures as tables, with growth and ratios."""
    table = Table("", "p50 ms", "p99 ms", "/s", title="支付资格查询 Eligibility lookups, one after the other")
    for measures, found in figures["eligibility"].items():
        for name, key in (
            ("HTTP", "http"),
            ("baseline: bare FastAPI route, in turn with it", "bare"),
            ("use case directly", "direct"),
            ("baseline: plain SELECT, asyncpg", "plain_select"),
        ):
            row = found[key]
            label = f"{name} · {int(measures):,} measures"
            table.add_row(label, f"{row['p50_ms']:.2f}", f"{row['p99_ms']:.2f}", f"{row['per_s']:,}")
        ratios = f"{found['http_to_bare_p50']:.2f}", f"{found['http_to_bare_p99']:.2f}"
        table.add_row(f"HTTP × bare route · {int(measures):,} measures", *ratios, "")
        table.add_row(f"HTTP, {STREAMS} streams at once", "", "", f"{found['http_streams_per_s']:,}")
        table.add_row(f"HTTP, {BULK:,} in one question", "", "", f"{found['bulk_per_s']:,}", end_section=True)
    console.print(table)
    rated = figures["ratings"]
    table = Table("", "/s", "× baseline", title=f"机构评级重算 Ratings, {rated['indicators']} indicators")
    for name, key in (
        (f"from numbers, {rated['months'] // 10:,} institution-months", "ratings_tenth_per_s"),
        (f"from numbers, {rated['months']:,} institution-months", "ratings_per_s"),
        ("from evidence, every change explained", "explained_per_s"),
        ("baseline: sum() of the same numbers", "bare_sum_per_s"),
    ):
        table.add_row(name, f"{rated[key]:,}", f"{rated[key] / rated['bare_sum_per_s']:.3f}")
    console.print(table)


def main() -> None:
    """Measure everything in one run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=1_000_000, help="institution-months to rate")
    parser.add_argument("--lookups", type=int, default=LOOKUPS)
    asked = parser.parse_args()
    before = round(os.getloadavg()[0], 2)
    policy = load_policies(None).ratings.on(REGION, DAY)
    with console.status("ratings"):
        rated = ratings(policy, asked.months)
    codes = [code_of(number) for number in random.Random(5).choices(range(PEOPLE), k=asked.lookups)]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="fundwarden-bench-") as folder:
        state = Path(folder)
        with EmbeddedPostgres(state / "postgres") as postgres:
            url = postgres.create_database("bench_credit")
            asyncio.run(migrate(url))
            with up(state, url) as (base_url, _), served_bare() as bare_url:
                for measures in MEASURES:
                    with console.status(f"eligibility, {measures:,} measures"):
                        asyncio.run(grow(url, measures))
                        found[str(measures)] = asyncio.run(lookups(url, base_url, bare_url, state, codes))
    least = found[str(MEASURES[0])]
    figures = {
        "eligibility_p50_ms": least["http"]["p50_ms"],
        "eligibility_p99_ms": least["http"]["p99_ms"],
        "eligibility_per_s": least["http_streams_per_s"],
        "ratings_per_s": rated["ratings_per_s"],
        "eligibility": found,
        "ratings": rated,
        "policy_version": policy.version,
        "practitioners": PEOPLE,
        "lookups": asked.lookups,
        "cores": os.cpu_count(),
        "load_1min": [before, round(os.getloadavg()[0], 2)],
        "python": platform.python_version(),
        "measured_at": SystemClock().now().isoformat(timespec="seconds"),
    }
    show(figures)
    target = ROOT / ".fundwarden" / "bench" / "credit.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"load of the machine, before and after: {figures['load_1min']}")
    console.print(f"→ {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

"""Asks a running service everything that nobody should ask, and counts what it cannot answer.

    make fuzz-intake ARGS="--cases 20000 --seed 1"
    python -m tests.fuzz.service --service credit --cases 2000

A third of the cases are sound bodies made unsound, a third are made by schemathesis from the published interface
(boundaries of every schema, then chains of calls), and the rest are wrong as HTTP. Figures go to
`.fundwarden/fuzz/<service>.json`; the exit code is 1 when an answer was a server error or broke off.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from services.embedded import migrate
from services.kit.embedded_postgres import EmbeddedPostgres
from tests.fuzz.attack import WAYS, Attack
from tests.fuzz.sound_intake import INTAKE
from tests.fuzz.tally import Tally, show, write
from tests.fuzz.target import Target
from tests.support.intake_process import ROOT, IntakeProcess

_ELSEWHERE = ("H11010500001", "H11010500002", "110105", {"institution_code": ["H11010500001"]})
TARGETS = {"intake": INTAKE, **{name: Target(name, *_ELSEWHERE) for name in ("screening", "credit", "tips")}}


def fuzz(
    target: Target,
    state: Path,
    database_url: str,
    *,
    cases: int,
    seed: int,
    slow: float,
    worker: bool = True,
    ways: Sequence[str] = WAYS,
    told: Callable[[int], None] = lambda cases: None,
) -> Tally:
    """Start a service on a migrated database, ask it so many cases and return what came of them."""
    # Every broken request is a warning of the server's.
    environment = {"FUNDWARDEN_LOG_LEVEL": "error", **target.environment}
    with ExitStack() as stack:
        api = stack.enter_context(IntakeProcess(state, database_url, environment=environment, service=target.service))
        if worker and target.worker is not None:
            stack.enter_context(target.worker(api.environment))
        return Attack(target, api.base_url, state, seed=seed, slow_seconds=slow, told=told).run(cases, ways)


def main() -> None:
    """Ask a service, print and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--service", choices=TARGETS, default="intake")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slow", type=float, default=2.0, help="seconds from which on an answer is reported as slow")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="of making cases; by default all")
    asked = parser.parse_args()
    target = TARGETS[asked.service]
    console = Console(width=180)
    begun = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="fundwarden-fuzz-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as postgres,
        Progress(console=console) as progress,
    ):
        task = progress.add_task(target.service, total=asked.cases)
        url = postgres.create_database("fuzz")
        asyncio.run(migrate(url))

        def tell(cases: int) -> None:
            progress.update(task, completed=cases)

        tally = fuzz(
            target, Path(folder), url, cases=asked.cases, seed=asked.seed, slow=asked.slow, ways=asked.ways, told=tell
        )
    seconds = round(time.perf_counter() - begun, 1)
    show(tally, console)
    written = ROOT / ".fundwarden" / "fuzz" / f"{target.service}.json"
    write(tally, written, {"service": target.service, "seed": asked.seed, "seconds": seconds})
    console.print(f"{tally.cases} cases in {seconds} s → {written.relative_to(ROOT)}")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()

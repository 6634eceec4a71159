"""Act two: the county's exchange posts the day in NDJSON batches, several at a time, until all of it is screened."""

import asyncio
import time
from collections.abc import Iterator, Sequence

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.demo.claim import Claim
from services.demo.client import COUNTY_EXCHANGE, DemoError, problem
from services.demo.stage import Stage
from services.demo.steps.registering import NDJSON
from services.demo.verify import until

BATCH = 250
"""Settlements of one request; a group of claims that bear on each other is never cut."""
AT_A_TIME = 4
"""Requests under way at once."""
PATIENCE_SECONDS = 600
ATTEMPTS = 20
"""How often what was not answered is sent again before the demonstration gives up."""
PAUSE_SECONDS = 0.5


async def post_day(stage: Stage, settlements: int) -> None:
    """Post the day and wait for the last verdict; raises DemoError for a refused settlement or when time runs out."""
    before = await stage.books.screened()
    batches = _batches(stage)
    with _progress(stage) as progress:
        posting = progress.add_task("提交 posted", total=settlements)
        screening = progress.add_task("审核 screened", total=settlements)
        began = time.monotonic()

        async def post_batches() -> None:
            for batch in batches:
                await _post(stage, batch)
                progress.update(posting, completed=len(stage.posted))

        async def all_screened() -> bool:
            done = await stage.books.screened() - before
            progress.update(screening, completed=done)
            return len(stage.posted) >= settlements and done >= len(stage.posted)

        # Counting costs the database something; a long day is asked about less often.
        pause = max(PAUSE_SECONDS / 10, settlements / 50_000)
        watching = asyncio.create_task(until(all_screened, seconds=PATIENCE_SECONDS, pause=pause))
        senders = [asyncio.create_task(post_batches()) for _ in range(AT_A_TIME)]
        try:
            await asyncio.gather(*senders)
            complete = await watching
        finally:
            for task in (*senders, watching):
                task.cancel()
        seconds = time.monotonic() - began
        _finish(progress, (posting, screening))
    stage.must(complete, "not every settlement was screened in time")
    report = stage.report
    report.posted = len(stage.posted)
    report.seconds = round(seconds, 3)
    report.settlements_per_second = round(report.posted / seconds, 1)
    stage.say(f"{report.posted} 笔结算全部审核完毕", "every settlement of the day has its verdict")


def _batches(stage: Stage) -> Iterator[list[Claim]]:
    batch: list[Claim] = []
    for group in stage.almanac.groups:
        batch.extend(group)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _post(stage: Stage, claims: Sequence[Claim]) -> None:
    """Post a batch; what the service did not answer, because it was behind, is sent again."""
    waiting = list(claims)
    for attempt in range(ATTEMPTS):
        body = b"\n".join(msgspec.json.encode(claim.body()) for claim in waiting)
        answer = await stage.client.send(
            "POST", "/intake/v1/settlements/batch", COUNTY_EXCHANGE, content=body, headers=NDJSON
        )
        if not answer.is_success:
            raise DemoError(f"posting a batch: {answer.status_code} {problem(answer)}")
        answers = [msgspec.json.decode(line) for line in answer.content.splitlines()]
        refused = [line for line in answers if line["status"] not in {"created", "same", "stopped"}]
        if refused:
            raise DemoError(f"a settlement was refused: {refused[0]}")
        if attempt == 0 and any(line["status"] == "same" for line in answers):
            raise DemoError("this day has been posted before: use another state directory, or an empty database")
        taken = [line for line in answers if line["status"] != "stopped"]
        for claim in waiting[: len(taken)]:
            stage.posted.append((claim.institution.code, claim.settlement_id))
            stage.report.lines += len(claim.lines)
        del waiting[: len(taken)]
        if not waiting:
            return
        await asyncio.sleep(PAUSE_SECONDS)
    raise DemoError("the services did not take the day's settlements in time")


def _progress(stage: Stage) -> Progress:
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stage.console,
    )


def _finish(progress: Progress, tasks: Sequence[TaskID]) -> None:
    for task in tasks:
        progress.stop_task(task)

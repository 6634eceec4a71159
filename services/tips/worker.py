"""The worker of tips: what a consuming process runs, and the rounds it makes besides."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import structlog

from services.kit.inbox import Subscription
from services.kit.runner import Loop
from services.tips.consumers import build_subscription
from services.tips.public_wiring import build_publish_statistics, build_sweep_checks
from services.tips.wiring import (
    Resources,
    build_clean_files,
    build_erase_tips,
    build_publish_filings,
    build_rewrap_tips,
    build_sweep_deadlines,
)

_log = structlog.get_logger("services.tips.worker")


def subscription(resources: Resources) -> Subscription:
    """Return what tips listens to."""
    return build_subscription(resources)


def loops(resources: Resources) -> Sequence[Loop]:
    """Return what a worker of tips does by the clock."""
    return [lambda stop: run_rounds(resources, stop)]


def rounds(resources: Resources) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return the jobs of one round by name; each may be done by several processes, and again, without harm."""
    return {
        "publish_filings": build_publish_filings(resources),
        "rewrap_tips": build_rewrap_tips(resources),
        "erase_tips": build_erase_tips(resources),
        "clean_files": build_clean_files(resources),
        "sweep_deadlines": build_sweep_deadlines(resources),
        "sweep_checks": build_sweep_checks(resources),
        "publish_statistics": build_publish_statistics(resources),
    }


async def run_rounds(resources: Resources, stop: asyncio.Event) -> None:
    """Do every job, wait, and do them again, until stopped; a job that fails is tried again in the next round.

    Raises ValueError at once where keys or the retention policy are missing.
    """
    jobs = rounds(resources)
    while not stop.is_set():
        for job, run in jobs.items():
            try:
                await run()
            except Exception as error:  # noqa: BLE001 - whatever it is, the other jobs must go on
                _log.warning("round_failed", job=job, error=type(error).__qualname__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), resources.settings.tips_sweep_seconds)

"""What the credit worker listens to, and what it does of itself."""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from services.credit.consumers import subscribe
from services.credit.use_cases.run_region_jobs import RunRegionJobs
from services.credit.wiring import Resources, build_run_region_jobs, build_run_webhooks
from services.kit.inbox import Subscription
from services.kit.runner import Loop

_log = structlog.get_logger(__name__)


def subscription(resources: Resources) -> Subscription:
    """Return the service's subscription, bound to its resources."""
    return subscribe(resources)


def loops(resources: Resources) -> Sequence[Loop]:
    """Return what runs beside the consumer until the process stops."""
    webhooks = build_run_webhooks(resources)
    jobs = region_jobs(build_run_region_jobs(resources))
    return (jobs,) if webhooks is None else (jobs, webhooks)


def region_jobs(run: RunRegionJobs, *, idle_seconds: float = 1.0, rest_seconds: float = 0.02) -> Loop:
    """Return the loop that does chunks of region jobs; it rests between two, so that live work goes first."""

    async def loop(stop: asyncio.Event) -> None:
        while not stop.is_set():
            pause = idle_seconds
            try:
                if await run():
                    pause = rest_seconds
            except Exception as error:  # noqa: BLE001 - a job waits; the worker's other loops must not stop for it
                _log.warning("region_jobs_interrupted", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    return loop

"""The compiled plans of the rulebooks that judge now, kept between batches and swapped when others take their place."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.errors import TransientError
from services.screening import telemetry
from services.screening.domain.history import MemoryPlan
from services.screening.domain.joint_memory import JointMemory
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.rulebook import parse_rulebook
from services.screening.expressions import parse_expression
from services.screening.storage import rulebooks
from services.screening.storage.rulebooks import StandingVersion

RETRY_SECONDS = 60.0
"""How long a rulebook that could not be compiled is left alone before it is tried again."""

_log = structlog.get_logger("services.screening.plan")


@dataclass(frozen=True, slots=True)
class Judging:
    """What judges the next batch."""

    plan: Plan
    shadow: Plan | None
    memory: MemoryPlan
    """What both ask history for."""


class CurrentPlan:
    """One per process; every batch asks it inside its own transaction, so that a swap needs no restart.

    A rulebook is compiled in a thread. One that takes longer than ``patience``, in seconds, or that cannot be compiled
    leaves the one before it in its place: screening never stops for it.
    """

    def __init__(self, *, patience: float = 2.0) -> None:
        self._patience = patience
        self._compiled: dict[tuple[str, datetime | None], Plan] = {}
        self._compiling: dict[tuple[str, datetime | None], asyncio.Task[Plan]] = {}
        self._failed: dict[tuple[str, datetime | None], float] = {}
        self._active: Plan | None = None
        self._joint: tuple[Plan, Plan, JointMemory] | None = None

    async def __call__(self, session: AsyncSession) -> Plan:
        """Return the plan of the rulebook that is active now; raises TransientError while none is."""
        standing = await rulebooks.standing(session)
        return await self._active_plan(session, standing.active)

    async def judging(self, session: AsyncSession) -> Judging:
        """Return the active plan with the one in its shadow; raises TransientError while none is active."""
        standing = await rulebooks.standing(session)
        plan = await self._active_plan(session, standing.active)
        shadow = None
        if standing.shadow is not None:
            shadow = await self._plan(session, standing.shadow, instead=None, wait=self._patience)
        self._forget({standing.active, standing.shadow})
        if shadow is None:
            self._joint = None
            return Judging(plan, None, plan)
        if self._joint is None or self._joint[0] is not plan or self._joint[1] is not shadow:
            self._joint = plan, shadow, await asyncio.to_thread(JointMemory.of, plan, shadow)
        return Judging(plan, shadow, self._joint[2])

    async def _active_plan(self, session: AsyncSession, active: StandingVersion | None) -> Plan:
        if active is None:
            raise TransientError("no rulebook is active")
        before = self._active
        plan = await self._plan(session, active, instead=before, wait=None if before is None else self._patience)
        if plan is None:
            raise TransientError("the active rulebook cannot be compiled")
        self._active = plan
        return plan

    async def _plan(
        self, session: AsyncSession, wanted: StandingVersion, *, instead: Plan | None, wait: float | None
    ) -> Plan | None:
        key = wanted.version, wanted.validated_at
        known = self._compiled.get(key)
        if known is not None:
            return known
        task = self._compiling.get(key)
        if task is None:
            if self._failed.get(key, 0.0) > time.monotonic():
                return instead
            text = await rulebooks.content_text(session, wanted.version)
            task = self._compiling.get(key) or asyncio.create_task(asyncio.to_thread(_compile, text))
            self._compiling[key] = task
        await asyncio.wait({task}, timeout=wait)
        if not task.done():
            return instead
        self._compiling.pop(key, None)
        error = task.exception()
        if error is not None:
            if self._failed.get(key, 0.0) <= time.monotonic():
                self._failed[key] = time.monotonic() + RETRY_SECONDS
                telemetry.plan_failures.add(1)
                _log.error("rulebook_not_compiled", version=wanted.version, error=type(error).__qualname__)
            return instead
        self._compiled[key] = task.result()
        return task.result()

    def _forget(self, standing: set[StandingVersion | None]) -> None:
        """Drop plans of rulebooks that judge no longer; each can be hundreds of megabytes."""
        wanted = {(one.version, one.validated_at) for one in standing if one is not None}
        for key in self._compiled.keys() - wanted:
            del self._compiled[key]


def _compile(text: str) -> Plan:
    return compile_plan(parse_rulebook(json.loads(text)), parse_expression)

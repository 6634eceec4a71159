"""Tend the rails: pauses and their end, budgets, and findings that were held and are wanted after all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database, driver
from services.kit.errors import Conflict, NotFound
from services.screening.storage import held_findings, rule_rails
from services.screening.storage.held_findings import HeldCount, HeldFinding
from services.screening.storage.rule_rails import StoredBudget, StoredPause
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.look_again import look_again


@dataclass(frozen=True, slots=True)
class Released:
    """What came of having held findings raised."""

    taken: int
    """Held findings taken off the list."""
    raised: int
    """Findings raised; fewer where a claim was reversed, or the rule finds nothing there any more."""


class TendRules:
    """What people do about rules that were paused or have a budget."""

    def __init__(self, database: Database, clock: Clock, current_plan: CurrentPlan) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan

    async def pauses(self, *, open_only: bool) -> Sequence[StoredPause]:
        """Return pauses, the newest first."""
        async with self._database.reading() as session:
            return await rule_rails.pauses(session, open_only=open_only)

    async def pause(self, rule_code: str, *, by: str, reason: str) -> None:
        """Pause a rule of the active rulebook; one that is paused stays so. Raises NotFound."""
        async with self._database.transaction() as session:
            plan = await self._current_plan(session)
            if rule_code not in plan.order:
                raise _unknown()
            connection = await driver(session)
            await rule_rails.pause(connection, rule_code, cause="person", by=by, now=self._clock.now(), reason=reason)

    async def resume(self, rule_code: str, *, by: str, reason: str, exempt_days: int) -> None:
        """Let a paused rule speak again, and spare it from being paused by itself for some days.

        What was held meanwhile stays on the list until someone releases it. Raises Conflict when it is not paused.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            resumed = await rule_rails.resume(
                session, rule_code, by=by, reason=reason, now=now, exempt_until=now + timedelta(days=exempt_days)
            )
            if not resumed:
                raise Conflict("rule_not_paused", zh="该规则未被暂停。", en="The rule is not paused.")

    async def budgets(self) -> Sequence[StoredBudget]:
        """Return every budget."""
        async with self._database.reading() as session:
            return await rule_rails.budgets(session)

    async def set_budget(self, rule_code: str, per_day: int | None, *, by: str) -> None:
        """Set how many suspicions a rule raises on a business day; None takes the limit away. Raises NotFound."""
        async with self._database.transaction() as session:
            plan = await self._current_plan(session)
            if rule_code not in plan.order:
                raise _unknown()
            if per_day is None:
                await rule_rails.drop_budget(session, rule_code)
            else:
                await rule_rails.set_budget(session, StoredBudget(rule_code, per_day, by, self._clock.now()))

    async def held(self) -> Sequence[HeldCount]:
        """Count held findings that wait, by rule."""
        async with self._database.reading() as session:
            return await held_findings.counts(session)

    async def held_page(
        self, *, purpose: str | None, rule_code: str | None, version: str | None, after: UUID | None, limit: int
    ) -> Sequence[HeldFinding]:
        """Return held findings that wait, oldest first."""
        async with self._database.reading() as session:
            return await held_findings.page(
                session, purpose=purpose, rule_code=rule_code, version=version, after=after, limit=limit
            )

    async def release(self, rule_code: str, *, limit: int, by: str) -> Released:
        """Have the oldest held findings of a rule raised: their claims are judged again by what is known now."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            connection = await driver(session)
            taken = await held_findings.settle(connection, rule_code, limit=limit, by=by, now=now)
            plan = await self._current_plan(session)
            rails = await rule_rails.rails(connection, business_date(now), released=(rule_code,))
            changes = await look_again(session, plan, set(taken), now=now, rails=rails)
        changes.count()
        return Released(len(taken), sum(1 for new in changes.raised if new.finding.rule_code == rule_code))


def _unknown() -> NotFound:
    return NotFound("rule_unknown", zh="启用的规则库中没有这条规则。", en="The active rulebook has no such rule.")

"""Activate a rulebook: a second person makes a tried one, or an earlier one, the one that is judged by."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, FieldError, Forbidden, NotFound
from services.kit.outbox import outgoing
from services.screening import events
from services.screening.storage import backtests, history_fills, rulebook_life, rulebooks
from services.screening.storage.rulebook_life import Step
from services.screening.storage.rulebooks import StoredRulebook
from services.screening.use_cases.shadow_rulebook import SETTLING

FRESH = timedelta(days=7)
"""A blast radius older than this speaks of other claims than those to come."""


class ActivateRulebook:
    """Swaps the active rulebook; workers see it with their next batch."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, version: str, *, approver: str, reason: str | None = None) -> StoredRulebook:
        """Activate a version; asking again for the active one changes nothing.

        ``reason`` says why it is activated without a blast radius, or why an earlier version returns; it is kept.
        Raises NotFound; Forbidden (``same_person``) when someone asks who wrote in it: a rulebook takes two people;
        Conflict (``activation_incomplete``) naming what is missing.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            await rulebooks.lock_activation(session)
            found = await rulebooks.find(session, version, lock=True)
            if found is None:
                raise NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
            if approver == found.author or approver in found.editors:
                raise Forbidden(
                    "same_person",
                    zh="规则库须由起草人以外的人启用。",
                    en="A rulebook is activated by someone other than its author.",
                )
            if found.status == "active":
                return found
            missing = await self._missing(session, found, reason)
            if missing:
                raise Conflict(
                    "activation_incomplete",
                    zh="启用条件尚不具备：" + "；".join(one.zh for one in missing),
                    en="The rulebook cannot be activated yet: " + "; ".join(one.en for one in missing),
                    fields=missing,
                )
            await rulebooks.activate(session, version, approver=approver, now=now)
            step = "rolled_back_to" if found.status == "retired" else "activated"
            await rulebook_life.add_step(session, version, Step(step, now, approver, reason))
            await history_fills.ask(session, version, not_before=now + SETTLING, until=now + SETTLING)
            activated = await rulebooks.find(session, version)
            assert activated is not None  # noqa: S101 - its row is locked
            await outbox.add(session, [outgoing(events.activated(version, now), now=now)])
            return activated

    async def _missing(self, session: AsyncSession, found: StoredRulebook, reason: str | None) -> list[FieldError]:
        missing: list[FieldError] = []
        if found.status == "retired":
            if not reason:
                missing.append(
                    FieldError("/reason", "reason", "恢复旧版本须说明理由", "say why an earlier version returns")
                )
            return missing
        if found.status == "draft":
            missing.append(FieldError("", "validation", "须先通过校验", "it has to pass validation first"))
        if not reason and not await self._blast_radius_known(session, found.version):
            missing.append(
                FieldError(
                    "/reason",
                    "blast_radius",
                    f"须有{FRESH.days}天内对当前启用版本完成的影响面评估，或在 reason 中说明为何不做",
                    f"it needs a blast radius against the active version, finished within {FRESH.days} days, "
                    "or a reason why not",
                )
            )
        return missing

    async def _blast_radius_known(self, session: AsyncSession, version: str) -> bool:
        active = await rulebooks.active_version(session)
        validated = await rulebooks.find(session, version)
        oldest = self._clock.now() - FRESH
        return any(
            one.purpose == "blast_radius"
            and one.status == "done"
            and one.against == active
            and one.finished_at is not None
            and one.finished_at >= oldest
            # One that began before the content was validated may have tried another content.
            and validated is not None
            and (validated.validated_at is None or one.requested_at >= validated.validated_at)
            for one in await backtests.of_version(session, version)
        )

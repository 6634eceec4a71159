"""Say whose tip it is: desks, their tips, and who is recused (回避)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, Forbidden, NotFound
from services.tips.domain.access import Viewer, covers
from services.tips.domain.tip import Tip
from services.tips.storage import desks
from services.tips.use_cases.handling import locked_matter, locked_tip, log_step, store_matter


class AssignTip:
    """Gives tips to desks and keeps those away whom a tip concerns."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def write_desk(
        self, code: str, region: str | None, name: str, members: Sequence[str], *, viewer: Viewer
    ) -> None:
        """Write a desk and its members; raises Forbidden for a desk outside the region of who writes it."""
        if not covers(viewer.region, region):
            raise Forbidden("other_region", zh="只能管理本地区的经办组。", en="Only desks of your own region.")
        async with self._database.transaction() as session:
            known, before = await desks.desk_region(session, code)
            if known and not covers(viewer.region, before):
                raise Forbidden("other_region", zh="只能管理本地区的经办组。", en="Only desks of your own region.")
            await desks.store_desk(session, code, region, name, members)

    async def assign(self, tip_id: UUID, desk: str | None, *, by: str) -> Tip:
        """Give a tip to a desk, or back to everybody of the region; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            if tip.desk == desk:
                return tip
            if desk is not None:
                known, region = await desks.desk_region(session, desk)
                if not known:
                    raise NotFound("desk_unknown", zh="没有这个经办组。", en="There is no such desk.")
                if not covers(region, tip.region):
                    raise Conflict("desk_elsewhere", zh="该经办组属于其他地区。", en="This desk is of another region.")
            assigned = replace(tip, desk=desk)
            await store_matter(session, assigned, followers)
            await log_step(session, tip, "assigned", by=by, now=now, details={"desk": desk})
        return assigned

    async def recuse(self, tip_id: UUID, subject: str, *, by: str) -> None:
        """Keep somebody away from one tip from now on; raises NotFound."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            if await desks.recuse(session, tip_id, subject, by=by, now=now):
                await log_step(session, tip, "recused", by=by, now=now, details={"subject": subject})

    async def declare_interest(self, subject: str, institution_code: str, *, by: str) -> None:
        """Keep somebody away from all tips about an institution, present and future."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            await desks.declare_interest(session, subject, institution_code, by=by, now=now)

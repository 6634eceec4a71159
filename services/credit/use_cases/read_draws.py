"""Read draws: everything for officers, and for the public what is fixed and what has been published."""

from dataclasses import dataclass
from uuid import UUID

from services.credit.domain.draw import Selection
from services.credit.domain.region import reach
from services.credit.storage import draws
from services.credit.storage.draws import DrawFile, DrawState
from services.credit.use_cases import draw_refusal
from services.credit.use_cases.guard_draws import must_be_agency, must_lie_inside
from services.kit.db import Database
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class DrawReading:
    """A draw and what was drawn; no selections where they may not be seen."""

    file: DrawFile
    selections: list[Selection]


class ReadDraws:
    """Answers questions about draws."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, draw_id: UUID, reader: Principal) -> DrawReading:
        """Return a draw with its result; raises NotFound and Forbidden."""
        must_be_agency(reader)
        async with self._database.reading() as session:
            found = await draws.find(session, draw_id)
            if found is None:
                raise draw_refusal.unknown()
            must_lie_inside(reader, found.prepared.regions)
            return DrawReading(found, await draws.selections(session, draw_id))

    async def page(self, reader: Principal, *, after: UUID | None, limit: int) -> list[DrawFile]:
        """Return draws by id, those within the reader's region; raises Forbidden."""
        must_be_agency(reader)
        async with self._database.reading() as session:
            return await draws.page(session, public=False, region=reach(reader.region or ""), after=after, limit=limit)

    async def public_one(self, draw_id: UUID) -> DrawReading:
        """Return a committed draw, with its result once published; raises NotFound for one only prepared."""
        async with self._database.reading() as session:
            found = await draws.find(session, draw_id)
            if found is None or found.committed_at is None:
                raise draw_refusal.unknown()
            published = found.state is DrawState.PUBLISHED
            return DrawReading(found, await draws.selections(session, draw_id) if published else [])

    async def public_page(self, *, after: UUID | None, limit: int) -> list[DrawFile]:
        """Return committed draws by id, cancelled ones included."""
        async with self._database.reading() as session:
            return await draws.page(session, public=True, after=after, limit=limit)

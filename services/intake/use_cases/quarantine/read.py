"""List what waits in quarantine, and show one body to somebody who may see it: that is written down first."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

import structlog

from services.intake.domain.jurisdiction import region_prefix
from services.intake.domain.quarantine import Kind, Viewer
from services.intake.storage import quarantine
from services.intake.storage.quarantine import StoredAction, StoredEntry
from services.intake.use_cases.quarantine.keep import unpack
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Forbidden, Gone, NotFound
from services.kit.sealing import Sealer

_log = structlog.get_logger("services.intake.quarantine")


class Bodies(NamedTuple):
    """A body as it came, and as it was last corrected."""

    original: bytes
    corrected: bytes | None


def required(entry: StoredEntry | None, viewer: Viewer) -> StoredEntry:
    """Return an entry; raises NotFound where there is none that the viewer may see: ids of others tell nothing."""
    if (
        entry is None
        or not viewer.may_know_of(entry.kind)
        or not viewer.may_see(institution_code=entry.institution_code, region=entry.region)
    ):
        raise NotFound("quarantine_unknown", zh="隔离区没有该记录。", en="There is no such entry in the quarantine.")
    return entry


def required_to_handle(entry: StoredEntry | None, viewer: Viewer) -> StoredEntry:
    """Return an entry whose body the viewer may see and change; raises NotFound, and Forbidden (``kind_of_others``)."""
    found = required(entry, viewer)
    if not viewer.may_handle(found.kind):
        raise Forbidden(
            "kind_of_others",
            zh="无权处理该类记录；登记数据由登记人员处理。",
            en="Entries of this kind are others' to handle: of the registry, those who may write it.",
        )
    return found


def required_body(sealed: bytes | None) -> bytes:
    """Return a sealed body; raises Gone where its time is over."""
    if sealed is None:
        raise Gone("quarantine_expired", zh="保存期已过，原文已删除。", en="Its time is over, the body was deleted.")
    return sealed


class ReadQuarantine:
    """Reads the quarantine for one viewer."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer

    async def page(
        self,
        viewer: Viewer,
        *,
        institution_code: str | None,
        states: Collection[str],
        source: str | None,
        code: str | None,
        kind: Kind | None,
        after: UUID | None,
        limit: int,
    ) -> list[StoredEntry]:
        """Return entries that the viewer may see, the oldest first."""
        of_region = viewer.institution is None and viewer.region is not None
        async with self._database.reading() as session:
            return await quarantine.page(
                session,
                institution_code=viewer.institution or institution_code,
                region_prefix=region_prefix(viewer.region) if of_region and viewer.region else None,
                states=states,
                source=source,
                code=code,
                kinds=viewer.sees if kind is None else [kind] if viewer.may_know_of(kind) else [],
                after=after,
                limit=limit,
            )

    async def one(self, entry_id: UUID, viewer: Viewer) -> tuple[StoredEntry, list[StoredAction]]:
        """Return an entry and what was done about it, without its body; raises NotFound."""
        async with self._database.reading() as session:
            entry = required(await quarantine.find(session, entry_id), viewer)
            return entry, await quarantine.actions(session, entry_id)

    async def body(self, entry_id: UUID, viewer: Viewer, *, by: str) -> Bodies:
        """Return the bodies of an entry in the clear; who saw them is on record before they leave.

        Raises NotFound, Forbidden, and Gone once the body was deleted.
        """
        async with self._database.transaction() as session:
            entry = required_to_handle(await quarantine.find(session, entry_id), viewer)
            sealed, corrected = await quarantine.bodies(session, entry_id)
            original = unpack(required_body(sealed), self._sealer)
            mended = unpack(corrected, self._sealer) if corrected is not None else None
            await quarantine.note(session, entry_id, "inspected", by=by, now=self._clock.now())
        _log.info("quarantine_inspected", entry_id=str(entry_id), institution_code=entry.institution_code, by=by)
        return Bodies(original, mended)

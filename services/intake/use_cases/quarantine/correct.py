"""Correct an entry of the quarantine, or dismiss it: with who and why, and the body as it came untouched."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from services.intake.domain.quarantine import Viewer, merge_patch
from services.intake.storage import quarantine
from services.intake.storage.quarantine import StoredEntry
from services.intake.use_cases.quarantine.keep import pack, unpack
from services.intake.use_cases.quarantine.read import required, required_body, required_to_handle
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict
from services.kit.sealing import Sealer

_read = msgspec.json.Decoder(float_hook=Decimal).decode
_write = msgspec.json.Encoder().encode
"""Decimals come and go exactly, as text; every amount and quantity may be written so."""


class CorrectQuarantined:
    """Puts another body in place of what was refused; nothing is taken until it is released."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer

    async def replace(
        self, entry_id: UUID, viewer: Viewer, body: bytes, *, corrections: int | None, by: str, why: str
    ) -> StoredEntry:
        """Correct with a whole body; raises NotFound, Gone, Conflict."""
        return await self._correct(entry_id, viewer, lambda _: body, corrections=corrections, by=by, why=why)

    async def patch(
        self, entry_id: UUID, viewer: Viewer, patch: Any, *, corrections: int | None, by: str, why: str
    ) -> StoredEntry:
        """Correct with a JSON merge patch of the body as it was last corrected; raises Conflict (``not_json``) too."""

        def patched(before: bytes) -> bytes:
            try:
                return _write(merge_patch(_read(before), patch))
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                raise Conflict(
                    "not_json",
                    zh="原文不是合法的 JSON，无法局部修改，请提交完整正文。",
                    en="The body is not valid JSON and cannot be patched; give a whole body.",
                ) from None

        return await self._correct(entry_id, viewer, patched, corrections=corrections, by=by, why=why)

    async def dismiss(self, entry_id: UUID, viewer: Viewer, *, by: str, why: str) -> StoredEntry:
        """Close an entry without releasing it; one that is dismissed already stays so. Raises NotFound, Conflict."""
        async with self._database.transaction() as session:
            entry = required_to_handle(await quarantine.find(session, entry_id, lock=True), viewer)
            if entry.state != "dismissed":
                require_open(entry)
                now = self._clock.now()
                await quarantine.set_state(session, entry_id, "dismissed", now=now)
                await quarantine.note(session, entry_id, "dismissed", by=by, now=now, why=why)
            return required(await quarantine.find(session, entry_id), viewer)

    async def _correct(
        self,
        entry_id: UUID,
        viewer: Viewer,
        change: Callable[[bytes], bytes],
        *,
        corrections: int | None,
        by: str,
        why: str,
    ) -> StoredEntry:
        async with self._database.transaction() as session:
            entry = required_to_handle(await quarantine.find(session, entry_id, lock=True), viewer)
            require_open(entry)
            if corrections is not None and corrections != entry.corrections:
                raise Conflict(
                    "corrected_meanwhile",
                    zh="该记录已被他人修改，请重新查看。",
                    en="Somebody else has corrected it meanwhile; look at it again.",
                )
            sealed, corrected = await quarantine.bodies(session, entry_id)
            made = pack(change(unpack(corrected or required_body(sealed), self._sealer)), self._sealer)
            now = self._clock.now()
            await quarantine.correct(session, entry_id, made, now=now)
            await quarantine.note(session, entry_id, "corrected", by=by, now=now, why=why, sealed=made)
            return required(await quarantine.find(session, entry_id), viewer)


def require_open(entry: StoredEntry) -> None:
    """Raise Conflict unless the entry is open: ``being_released``, or ``quarantine_closed`` with what became of it."""
    if entry.state == "releasing":
        raise Conflict(
            "being_released", zh="该记录正在放行。", en="It is being released at this moment.", retry_after=1
        )
    if entry.state != "open":
        raise Conflict(
            "quarantine_closed",
            zh=f"该记录已处理（{entry.state}）。",
            en=f"The entry is closed: {entry.state}.",
        )

"""Keep what was refused, encrypted, within the bounds of its institution."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import telemetry
from services.intake.domain.problem import MOST_PROBLEMS
from services.intake.domain.quarantine import LONGEST_REFERENCE, Refusal
from services.intake.storage import quarantine
from services.intake.storage.quarantine import Load, NewEntry
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.sealing import Sealer
from services.kit.telemetry import current_traceparent

_DIGEST_BYTES = 16
_QUICKLY = 1
"""Level of compression: bodies are text, and most of the gain comes with the first level."""
_NOTHING = Load(0, 0)


class Bounds(NamedTuple):
    """How much is kept of one institution; beyond, what came first stays and what comes is answered and counted."""

    entries: int
    size: int
    """Bytes of the bodies as they came."""


def pack(body: bytes, sealer: Sealer) -> bytes:
    """Return a body as it is kept."""
    return sealer.seal(zlib.compress(body, _QUICKLY))


def unpack(sealed: bytes, sealer: Sealer) -> bytes:
    """Return a body that was kept; raises UnknownSealError."""
    return zlib.decompress(sealer.open(sealed))


class KeepInQuarantine:
    """Keeps refusals; the same body again while it waits is counted and not kept twice."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer, *, bounds: Bounds | None) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._bounds = bounds

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        return self._bounds is not None

    async def __call__(self, refusals: Sequence[Refusal], *, received_from: str) -> list[bool]:
        """Keep refusals in a transaction of their own; return of each whether it is kept, now or from before."""
        if not refusals or not self.keeps:
            return [False] * len(refusals)
        async with self._database.transaction() as session:
            return await self.within(session, refusals, now=self._clock.now(), received_from=received_from)

    async def within(
        self, session: AsyncSession, refusals: Sequence[Refusal], *, now: datetime, received_from: str
    ) -> list[bool]:
        """Keep refusals in the transaction of another use case; return of each whether it is kept."""
        if self._bounds is None or not refusals:
            return [False] * len(refusals)
        load = await quarantine.waiting(session, {one.institution_code for one in refusals})
        entries: dict[tuple[str | None, str, bytes], NewEntry] = {}
        held = []
        for refusal in refusals:
            digest = blake2b(refusal.body, digest_size=_DIGEST_BYTES).digest()
            key = (refusal.institution_code, refusal.kind, digest)
            if key in entries:
                entries[key] = entries[key]._replace(times_seen=entries[key].times_seen + 1)
                held.append(True)
                continue
            present = load.get(refusal.institution_code, _NOTHING)
            if present.entries >= self._bounds.entries or present.size + len(refusal.body) > self._bounds.size:
                held.append(False)
                continue
            load[refusal.institution_code] = Load(present.entries + 1, present.size + len(refusal.body))
            entries[key] = self._entry(refusal, digest)
            held.append(True)
        kept, full = 0, held.count(False)
        if entries:
            kept = await quarantine.keep(
                session,
                list(entries.values()),
                now=now,
                received_from=received_from,
                traceparent=current_traceparent(),
            )
        telemetry.count_quarantined(kept=kept, again=len(refusals) - full - kept, full=full)
        return held

    def _entry(self, refusal: Refusal, digest: bytes) -> NewEntry:
        return NewEntry(
            refusal.institution_code,
            refusal.kind,
            refusal.source,
            _storable(refusal.reference)[:LONGEST_REFERENCE],
            None if refusal.subject is None else _storable(refusal.subject),
            refusal.code,
            msgspec.json.encode(list(refusal.problems[:MOST_PROBLEMS])).decode(),
            digest,
            len(refusal.body),
            pack(refusal.body, self._sealer),
            own_id=None if refusal.own_id is None else _storable(refusal.own_id),
            region=refusal.region,
            located_by=refusal.located_by,
            waits=refusal.waits,
        )


def _storable(text: str) -> str:
    """Return a sender's text as a database takes it: NUL is replaced; the body itself is kept byte for byte."""
    return text.replace("\0", "\ufffd")

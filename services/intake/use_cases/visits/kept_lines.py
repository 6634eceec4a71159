"""Fee lines as they are kept: each by itself, or those of one batch that came together as one part of the visit.

Lines that are kept together cost a tenth in the tables. They share one fate until something concerns one of them alone;
then all of the visit are unfolded first, each into a part of its own.
"""

import zlib
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.fsi.fields import as_text
from services.intake.storage import visits
from services.intake.storage.visits import NewPart, StoredPart, StoredVisit
from services.intake.use_cases.visits.content_digest import DIGEST_BYTES
from services.intake.use_cases.visits.visit_message import new_part, open_part
from services.kit.sealing import Sealer

LINE_KINDS = frozenset({"line", "lines"})
"""Kinds of the parts that hold lines."""
FEWEST_TOGETHER = 4
"""Lines of a message below which each is kept by itself."""
_FASTEST = 1
"""Of the levels of compression: lines of one message differ in little, so it takes nine tenths of them away."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[dict[str, Any]], float_hook=str).decode


class Serial(Protocol):
    """A line of a message."""

    @property
    def serial(self) -> str:
        """Its ``feedetl_sn``."""

    @property
    def batch(self) -> str:
        """Its ``chrg_bchno``; empty in a stay."""


def together(lines: Sequence[tuple[Serial, Mapping[str, Any]]], sealer: Sealer) -> list[NewPart]:
    """Return lines and their nodes as parts to be written, one for each batch; no serial may be among them twice."""
    batches: dict[str, list[tuple[Serial, Mapping[str, Any]]]] = {}
    for line in lines:
        batches.setdefault(line[0].batch, []).append(line)
    return [_folded(batch, of_batch, sealer) for batch, of_batch in batches.items()]


def open_lines(part: StoredPart, sealer: Sealer) -> list[Mapping[str, Any]]:
    """Return the nodes of the lines in a part of either kind; raises UnknownSealError."""
    if part.kind == "line":
        return [open_part(part.sealed, sealer).node]
    return [*_decode(zlib.decompress(sealer.open(part.sealed)))]


async def unfold(session: AsyncSession, visit: StoredVisit, sealer: Sealer) -> None:
    """Give every line of a visit, which is locked, a part of its own."""
    folded = await visits.kept_together(session, visit.visit_ref)
    lines = [
        (part, new_part(node, key=as_text(node["feedetl_sn"]) or "", batch=part.batch, sealer=sealer))
        for part in folded
        for node in open_lines(part, sealer)
    ]
    if lines:
        await visits.unfold(session, visit.visit_ref, lines)


def _folded(batch: str, lines: Sequence[tuple[Serial, Mapping[str, Any]]], sealer: Sealer) -> NewPart:
    plain = _encode([node for _, node in lines])
    serials = tuple(line.serial for line, _ in lines)
    digest = blake2b(plain, digest_size=DIGEST_BYTES).digest()
    return NewPart(serials[0], batch, digest, sealer.seal(zlib.compress(plain, _FASTEST)), serials)

"""The hash chain of the handling log: every row seals the one before it, so a changed or missing row shows."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

GENESIS = bytes(32)
"""Stands before the first row."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One step of the handling of one tip; ids, codes and amounts only."""

    position: int
    """1 for the first row, then without a gap."""
    tip_id: UUID
    at: datetime
    actor: str
    """Subject of the person's token, ``reporter``, or the name of the event that caused it."""
    action: str
    details: Mapping[str, str | int | bool | None]
    previous: bytes
    seal: bytes


def seal(
    position: int,
    tip_id: UUID,
    at: datetime,
    actor: str,
    action: str,
    details: Mapping[str, str | int | bool | None],
    previous: bytes,
) -> bytes:
    """SHA-256 of the previous row's seal and this row's canonical content."""
    content = [position, str(tip_id), at.timestamp().hex(), actor, action, dict(details)]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous + canonical.encode()).digest()


def first_broken(entries: Iterable[LogEntry], previous: bytes = GENESIS, position: int = 1) -> int | None:
    """Return the position at which the chain breaks: a row changed, missing or put in between; None where it holds."""
    for entry in entries:
        expected = seal(position, entry.tip_id, entry.at, entry.actor, entry.action, entry.details, previous)
        if entry.position != position or entry.previous != previous or entry.seal != expected:
            return position
        previous, position = entry.seal, position + 1
    return None

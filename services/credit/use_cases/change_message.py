"""A fact of the feed as readers and receivers get it: the same words in both, the fact's own JSON inside."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from services.credit.storage.changes import PlacedChange
from services.kit.paging import encode_cursor

CURSOR_KIND = "change"

_encoder = msgspec.json.Encoder()


def cursor_behind(position: int) -> str:
    """Return the cursor that stands behind a place of the feed."""
    return encode_cursor(CURSOR_KIND, position)


def message_of(change: PlacedChange) -> bytes:
    """Return the body that a webhook delivers."""
    return message(change.event_id, change.type, change.time, cursor_behind(change.position), change.payload)


def message(event_id: UUID, kind: str, at: datetime, cursor: str | None, payload: bytes) -> bytes:
    """Return a body with the fact's JSON as it is."""
    return _encoder.encode(
        {"id": event_id, "type": kind, "time": at.astimezone(UTC), "cursor": cursor, "data": msgspec.Raw(payload)}
    )

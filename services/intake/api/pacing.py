"""How fast a stream is read: not while the relay is behind, and not beyond its caller's quota."""

import asyncio
import time

from services.intake.wiring import Resources
from services.kit.auth import Principal

PATIENCE_SECONDS = 60.0
"""How long a stream in hand waits for room in the outbox, or for its caller's quota, before it ends."""
PAUSE_SECONDS = 0.5


def caller_of(principal: Principal) -> str:
    """Return whose quota and whose batches a request's are: an institution's, or an agency's token holder's."""
    return principal.institution or f"subject:{principal.subject}"


async def wait_for_room(resources: Resources, caller: str) -> str | None:
    """Wait while the relay is behind or the quota is used up; the caller, unread, waits with us.

    Returns why the stream must end (``backlog`` or ``quota``), None when it may go on.
    """
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        full = await resources.watch_backlog.is_full()
        seconds = PAUSE_SECONDS if full else resources.quotas.wait(caller)
        if not seconds:
            return None
        if time.monotonic() + seconds > patience:
            return "backlog" if full else "quota"
        await asyncio.sleep(seconds)

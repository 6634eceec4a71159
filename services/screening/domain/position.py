"""The order in which settlements count against each other: the time of settling, whatever order they arrive in.

A limit that two claims break together is held against the later one. If arrival decided which that is, the same day
would yield other findings whenever a system was late; so every remembered fact carries its claim's position.
"""

from datetime import datetime
from hashlib import blake2b
from uuid import UUID

_TIE_BITS = 29
"""Below the seconds of settling; with 34 bits of those a position fits a signed 64-bit integer until 2514."""

Place = tuple[int, UUID]
"""Position and settlement_ref; the ref decides between claims that even share the tie, so that neither escapes."""


def position(institution_code: str, settlement_id: str, settled_at: datetime) -> int:
    """Return the position of a claim: its second of settling, then a hash of its key."""
    key = f"{institution_code}|{settlement_id}".encode()
    tie = int.from_bytes(blake2b(key, digest_size=4).digest(), "big") >> (32 - _TIE_BITS)
    return int(settled_at.timestamp()) << _TIE_BITS | tie

"""The digest of a node's content, by which a message that is sent again is told from another."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from services.intake.domain.fsi.content import content

DIGEST_BYTES = 16
_encode = msgspec.json.Encoder(order="deterministic").encode
"""Keys in order, no blanks, nothing escaped that need not be: digests are compared with those stored long ago."""


def digest(values: Mapping[str, Any]) -> bytes:
    """Return the digest of what counts of a node."""
    return blake2b(_encode(content(values)), digest_size=DIGEST_BYTES).digest()

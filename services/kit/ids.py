"""Ids we make: UUIDv7, which sort by the time they were made and so keep B-tree indexes local."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return UUID(int=uuid_utils.uuid7().int)

"""The base of every event: an immutable struct that knows its type name, its topic and its key."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant with its offset; one without would mean another time to each reader, and is refused."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that happened, in the past tense, with a major version in its type name.

    Within a version only optional fields (with a default) may be added; unknown fields are ignored when read.
    Facts carry ids, codes and amounts; never a name, an id-card number or a word of a tip.
    """

    TYPE: ClassVar[str]
    """Type name, ``owner.subject.verb.vN``; travels as the CloudEvents attribute ``ce_type``."""

    TOPIC: ClassVar[str]
    """Kafka topic of the owning service."""

    KEY: ClassVar[str]
    """Name of the field whose value is the partition key: facts with one key keep their order."""

    @property
    def key(self) -> str:
        """Value of the key field."""
        value: str = getattr(self, self.KEY)
        return value

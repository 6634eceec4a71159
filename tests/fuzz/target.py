"""What an attack must know of a service beyond its published interface."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from random import Random
from typing import Any

JSON = "application/json"
NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Sound:
    """One request that would be taken, or nearly."""

    method: str
    template: str
    path: str
    body: Any
    """Bytes are a file; anything else is JSON."""
    media_type: str = JSON

    @property
    def label(self) -> str:
        """Name of its operation in the published interface."""
        return f"{self.method} {self.template}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where ids that the service gave out are to be had."""

    parameter: str
    path: str
    field: str


def _nothing(known: Mapping[str, Sequence[str]], random: Random) -> list[Sound]:
    return []


@dataclass(frozen=True, slots=True)
class Target:
    """One service: who its callers are, what they know, and what they send."""

    service: str
    institution: str
    other_institution: str
    region: str
    known: Mapping[str, Sequence[str]]
    """Values of parameters that the service knows."""
    registration: Callable[[], list[Sound]] = list
    """What must stand before anything else is taken."""
    bodies: Callable[[int], list[Sound]] | None = None
    """One round of requests, by number; None where the examples of the published interface must do."""
    follow_ups: Callable[[Mapping[str, Sequence[str]], Random], list[Sound]] = _nothing
    """Requests about what came of those."""
    lookups: Sequence[Lookup] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    worker: Callable[[Mapping[str, str]], AbstractContextManager[Any]] | None = None
    """Process that does what requests leave to be done, given the environment of the API."""

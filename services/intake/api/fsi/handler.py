"""What a handler of one transaction gets and gives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from services.intake.api.fsi.envelope import Envelope
from services.intake.domain.fsi.node import Node
from services.intake.wiring import Resources
from services.kit.auth import Principal


class Call(NamedTuple):
    """One message whose sender is verified and whose institution is registered."""

    envelope: Envelope
    principal: Principal
    resources: Resources
    received_at: datetime

    @property
    def input(self) -> Node:
        """The node ``input``."""
        return self.envelope.input

    @property
    def institution_code(self) -> str:
        """The institution that the message is of; the sender may speak for it."""
        return self.envelope.institution_code


class Output(NamedTuple):
    """The node ``output``, and what the sender should know beside it."""

    node: Mapping[str, Any] | None = None
    warnings: Sequence[str] = ()
    """Chinese first; they go into ``warn_msg`` and the transaction stands all the same."""


class Handler(Protocol):
    """Takes one transaction."""

    async def __call__(self, call: Call) -> Output:
        """Return the answer; raises Refused for what is answered with a negative infcode."""
        ...

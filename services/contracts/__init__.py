"""What crosses a border between services: facts (events) and the value types inside them, no machinery."""

from services.contracts.fact import Fact

__all__ = ["Fact"]

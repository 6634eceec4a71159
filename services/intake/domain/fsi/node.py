"""A node of a message (输入节点): reads its fields by name, and notes what is wrong with each at its pointer.

A ``required_…`` reader returns a stand-in where the field is missing or broken, so that one pass finds every problem;
``sound`` then raises them all at once. Fields that nobody reads stay in ``values`` and are kept with the rest.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

from services.intake.domain.fsi.fields import FEN_PLACES, FieldForm, Value, as_day, as_instant, as_scaled, as_text
from services.intake.domain.fsi.refusal import Refused
from services.intake.domain.problem import Problem

T = TypeVar("T")

NO_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands in for an instant that is missing."""
MOST_CHILDREN = 2000
"""Nodes of one list; a settlement has no more lines."""
LONGEST_CODE = 50
"""Characters of most codes and ids; a reader may be told otherwise."""


class Node:
    """One JSON object of a message."""

    def __init__(self, values: Mapping[str, Value], at: str, problems: list[Problem] | None = None) -> None:
        self.values = values
        self.at = at
        """Pointer of this node, such as ``/input/data``."""
        self.problems: list[Problem] = [] if problems is None else problems
        """Shared with every node below."""

    def note(self, name: str, code: str) -> None:
        """Note a problem of a field."""
        self.problems.append(Problem(f"{self.at}/{name}", code))

    def sound(self) -> None:
        """Raise Refused with every problem noted so far, in this node or any other of the message."""
        if self.problems:
            raise Refused(self.problems)

    def text(self, name: str, *, longest: int = LONGEST_CODE) -> str | None:
        """Return a text, None where there is none."""
        value = self.values.get(name)
        if value is None:
            # Most fields of most messages.
            return None
        if type(value) is str and value.isalnum() and len(value) <= longest:
            # Most of the others: nothing to strip, nothing that cannot be printed.
            return value
        text = self._read(name, as_text)
        if text is not None and len(text) > longest:
            self.note(name, "too_long")
            return None
        return text

    def required_text(self, name: str, *, longest: int = LONGEST_CODE) -> str:
        """Return a text that must be there."""
        text = self.text(name, longest=longest)
        return text if text is not None else self._required(name, text, "")

    def instant(self, name: str) -> datetime | None:
        """Return an instant in UTC."""
        return self._read(name, as_instant)

    def required_instant(self, name: str) -> datetime:
        """Return an instant that must be there."""
        return self._required(name, self.instant(name), NO_INSTANT)

    def day(self, name: str) -> date | None:
        """Return a day."""
        return self._read(name, as_day)

    def fen(self, name: str) -> int | None:
        """Return an amount in fen; the interface writes yuan."""
        return self.scaled(name, FEN_PLACES)

    def required_fen(self, name: str) -> int:
        """Return an amount that must be there."""
        return self.required_scaled(name, FEN_PLACES)

    def scaled(self, name: str, places: int) -> int | None:
        """Return a number times ``10 ** places``."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            return as_scaled(value, places)
        except FieldForm as error:
            self.note(name, error.code)
            return None

    def required_scaled(self, name: str, places: int) -> int:
        """Return a number that must be there."""
        number = self.scaled(name, places)
        return number if number is not None else self._required(name, number, 0)

    def child(self, name: str) -> "Node | None":
        """Return a node below this one; a list of one counts as its only element."""
        value = self.values.get(name)
        if value is None or value in ("", []):
            return None
        if isinstance(value, list):
            if len(value) == 1 and isinstance(value[0], dict):
                return Node(value[0], f"{self.at}/{name}/0", self.problems)
        elif isinstance(value, dict):
            return Node(value, f"{self.at}/{name}", self.problems)
        self.note(name, "type")
        return None

    def required_child(self, name: str) -> "Node":
        """Return a node that must be there."""
        return self._required(name, self.child(name), Node({}, f"{self.at}/{name}", []))

    def children(self, name: str) -> list["Node"]:
        """Return the nodes of a list; a single object counts as a list of one."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, dict):
            return [Node(value, f"{self.at}/{name}", self.problems)]
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.note(name, "type")
            return []
        if len(value) > MOST_CHILDREN:
            self.note(name, "too_many_items")
            return []
        return [Node(one, f"{self.at}/{name}/{index}", self.problems) for index, one in enumerate(value)]

    def required_children(self, name: str) -> list["Node"]:
        """Return the nodes of a list that must not be empty."""
        return self._required(name, self.children(name) or None, [])

    def _read(self, name: str, read: Callable[[Value], T | None]) -> T | None:
        value = self.values.get(name)
        if value is None:
            # Most fields of most messages.
            return None
        try:
            return read(value)
        except FieldForm as error:
            self.note(name, error.code)
            return None

    def _required(self, name: str, value: T | None, stand_in: T) -> T:
        if value is not None:
            return value
        pointer = f"{self.at}/{name}"
        if not any(problem.pointer == pointer for problem in self.problems[-1:]):
            self.problems.append(Problem(pointer, "missing"))
        return stand_in

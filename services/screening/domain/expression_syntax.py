"""An expression as a tree, whatever parsed it: the common expression language (CEL) without what is not needed here."""

from collections.abc import Callable
from dataclasses import dataclass

MOST_CHARACTERS = 2_000
MOST_NODES = 200
MOST_NESTED_MACROS = 2
"""A macro within a macro looks at pairs of lines; deeper ones cost more than any rule is worth."""


@dataclass(frozen=True, slots=True)
class Node:
    """One part of an expression.

    ``kind`` is one of: literal, variable, field, index, call, macro, list, unary, binary, conditional, has.
    """

    kind: str
    value: object
    """The literal, the name, or the operator."""
    parts: tuple["Node", ...]
    line: int
    column: int


class ExpressionError(ValueError):
    """An expression that cannot be used; line and column count from 1, 0 where no place is known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{message} (line {line}, column {column})" if line else message)
        self.message = message
        self.line = line
        self.column = column


ParseExpression = Callable[[str], Node]
"""Turns a text into a tree; raises ExpressionError."""


def check_size(root: Node) -> int:
    """Return how many parts an expression has; raises ExpressionError where it is too large or nested too deep."""
    number = 0
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        number += 1
        if node.kind == "macro":
            depth += 1
            if depth > MOST_NESTED_MACROS:
                raise ExpressionError(f"macros may be nested {MOST_NESTED_MACROS} deep at most", node.line, node.column)
        waiting += [(part, depth) for part in node.parts]
    if number > MOST_NODES:
        raise ExpressionError(f"the expression has {number} parts, {MOST_NODES} are allowed")
    return number

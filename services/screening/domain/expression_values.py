"""Operators and functions of expressions over plain values, as strict as the language: nothing is converted unasked."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

_LARGEST = 2**63
_JOINED = frozenset({str, list})
_ORDERED = frozenset({int, float, str})


class NotTold(Exception):  # noqa: N818 - says what it means
    """An operation needs something that the claim does not tell: then nothing is held against anybody."""


class BadOperation(ValueError):  # noqa: N818 - says what it means
    """Values that an operator or a function does not take."""


def equal(left: Any, right: Any) -> bool:
    """Compare; values of different types are unequal, numbers compare as numbers."""
    kind, other = type(left), type(right)
    if kind is not other and (kind is bool or other is bool):
        return False
    return bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def apply(left: Any, right: Any) -> bool:
        kind = type(left)
        if kind is type(right) and kind in _ORDERED:
            return compare(left, right)
        if left is None or right is None:
            raise NotTold
        if (_number(left) and _number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return compare(left, right)
        raise BadOperation("values of these types have no order")

    return apply


def _calculated(calculate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        if left is None or right is None:
            raise NotTold
        if type(left) is type(right) and _number(left):
            try:
                return _bounded(calculate(left, right))
            except ZeroDivisionError:
                raise BadOperation("division by zero") from None
        raise BadOperation("only numbers of one kind are calculated with; see double() and int()")

    return apply


def add(left: Any, right: Any) -> Any:
    """Add numbers of one kind, join texts, join lists."""
    if type(left) is type(right) and type(left) in _JOINED:
        return left + right
    return _sum(left, right)


def contained(left: Any, right: Any) -> bool:
    """Tell whether a list holds a value."""
    if right is None:
        raise NotTold
    if isinstance(right, list):
        return any(equal(left, one) for one in right)
    raise BadOperation("`in` asks a list")


def negated(value: Any) -> Any:
    """Return the number with the other sign."""
    if value is None:
        raise NotTold
    if not _number(value):
        raise BadOperation("only a number has a sign")
    return _bounded(-value)


def truth(value: Any) -> bool:
    """Return a truth value as it is; nothing else counts as one."""
    if value is True or value is False:
        return bool(value)
    if value is None:
        raise NotTold
    raise BadOperation("a truth value is needed")


def as_list(value: Any) -> list[Any]:
    """Return a list as it is."""
    if isinstance(value, list):
        return value
    if value is None:
        raise NotTold
    raise BadOperation("a list is needed")


def at(value: Any, index: Any) -> Any:
    """Return the element of a list at a place, from 0."""
    items = as_list(value)
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(items):
        raise BadOperation("no such place in the list")
    return items[index]


def _divided(left: Any, right: Any) -> Any:
    if isinstance(left, int):
        whole = abs(left) // abs(right)
        return whole if (left < 0) == (right < 0) else -whole
    return left / right


def _rest(left: Any, right: Any) -> Any:
    if isinstance(left, float):
        raise BadOperation("% takes whole numbers")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise BadOperation("the number is too large")
    return value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise NotTold
    raise BadOperation("a text is needed")


def _size(value: Any) -> int:
    if isinstance(value, str | list):
        return len(value)
    if value is None:
        raise NotTold
    raise BadOperation("only a text or a list has a size")


def _whole(value: Any) -> int:
    if value is None:
        raise NotTold
    if _number(value) or isinstance(value, str):
        try:
            return int(_bounded(int(value)))
        except (ValueError, OverflowError):
            raise BadOperation("this is no whole number") from None
    raise BadOperation("this is no number")


def _double(value: Any) -> float:
    if value is None:
        raise NotTold
    if _number(value) or isinstance(value, str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            raise BadOperation("this is no number") from None
    raise BadOperation("this is no number")


_sum = _calculated(operator.add)

BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "+": add,
    "-": _calculated(operator.sub),
    "*": _calculated(operator.mul),
    "/": _calculated(_divided),
    "%": _calculated(_rest),
    "in": contained,
}

FUNCTIONS: Mapping[tuple[str, int], Callable[..., Any]] = {
    ("size", 1): _size,
    ("int", 1): _whole,
    ("double", 1): _double,
    ("startsWith", 2): lambda text, part: _text(text).startswith(_text(part)),
    ("endsWith", 2): lambda text, part: _text(text).endswith(_text(part)),
    ("contains", 2): lambda text, part: _text(part) in _text(text),
}
"""By name and number of arguments; a method's object is its first argument. ``matches`` is left out: nothing bounds its
cost beforehand."""

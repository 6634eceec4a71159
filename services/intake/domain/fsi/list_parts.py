"""Fields of 4101 and 4101A that have a form of their own: durations, weights, departments in a row."""

import re

from services.intake.domain.fsi.node import Node

MINUTES_OF_DAY, MINUTES_OF_HOUR = 24 * 60, 60
GRAM_PLACES = 2
"""Decimals of a weight (6,2)."""
_DURATION = re.compile(r"([0-9]{1,5})/([0-9]{1,3})/([0-9]{1,3})", re.ASCII)
"""Days/hours/minutes, such as 1/13/24."""
_ARROWS = re.compile(r"\s*(?:→|->|—>|＞|>|,|，|、|;|；)\s*")
_WEIGHT = re.compile(r"([0-9]{1,6})(?:\.[0-9]+)?", re.ASCII)


def minutes(node: Node, name: str) -> int | None:
    """Return a duration in minutes; what has not the form days/hours/minutes is noted."""
    text = node.text(name)
    if text is None or text == "-":
        return None
    match = _DURATION.fullmatch(text)
    if match is None:
        node.note(name, "duration_form")
        return None
    days, hours, rest = (int(part) for part in match.groups())
    return days * MINUTES_OF_DAY + hours * MINUTES_OF_HOUR + rest


def departments(node: Node, name: str) -> tuple[str, ...]:
    """Return departments of transfer, which are joined by arrows."""
    text = node.text(name, longest=500)
    return () if text is None else tuple(part for part in _ARROWS.split(text) if part)


def weights(node: Node, one: str, several: str) -> tuple[int, ...]:
    """Return weights in whole grams: of several newborns where they are given, else of the one."""
    text = node.text(several, longest=200)
    if text is not None:
        found = [_WEIGHT.fullmatch(part) for part in _ARROWS.split(text) if part]
        if all(found):
            return tuple(int(match[1]) for match in found if match)
        node.note(several, "number_form")
        return ()
    scaled = node.scaled(one, GRAM_PLACES)
    return () if scaled is None else (scaled // 10**GRAM_PLACES,)


def whole(node: Node, name: str) -> int | None:
    """Return a whole number."""
    return node.scaled(name, 0)

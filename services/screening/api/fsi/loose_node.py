"""A node of a message as loosely as it may come: names with or without ``fsi_``, numbers as text, dates in any form.

What cannot be read is None and is never an error: a reminder that leaves something open helps more than a refusal.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from services.kit.clock import BUSINESS_ZONE

_SEPARATED = re.compile(
    r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
    r"(?:[T ]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)?)? ?(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2})?(?:[0-9]{3})?)?", re.ASCII)
_EPOCH = {10: 1, 13: 1000}
_EARLIEST_YEAR = 1880
"""Before it are only the ways in which clients write a date that they do not have (0001-01-01)."""
_LONGEST_NUMBER = 24
_LARGEST = 10**15


class LooseNode:
    """One JSON object of a message; fields are found whatever their spelling."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {_plain(name): value for name, value in values.items()}

    def text(self, *names: str, longest: int = 50) -> str | None:
        """Return the first of these fields that has a text; a number counts as written."""
        for name in names:
            value = self._values.get(_plain(name))
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if isinstance(value, str) and (text := value.strip()) and text.isprintable():
                return text[:longest]
        return None

    def number(self, name: str, places: int) -> int | None:
        """Return a number times ``10 ** places``, rounded half up."""
        text = self.text(name, longest=_LONGEST_NUMBER)
        if text is None:
            return None
        try:
            scaled = Decimal(text.replace(",", "")).scaleb(places)
            return int(scaled.to_integral_value("ROUND_HALF_UP")) if abs(scaled) < _LARGEST else None
        except (InvalidOperation, ValueError, OverflowError):
            return None

    def instant(self, *names: str) -> datetime | None:
        """Return an instant; without an offset it is Shanghai's."""
        for name in names:
            if (text := self.text(name)) is not None and (found := _instant(text)) is not None:
                return found
        return None

    def node(self, name: str) -> "LooseNode | None":
        """Return the first node below this name."""
        found = self.nodes(name)
        return found[0] if found else None

    def nodes(self, name: str, *, most: int = 2000) -> list["LooseNode"]:
        """Return the nodes of a list; a single object counts as a list of one."""
        value = self._values.get(_plain(name))
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            return []
        return [LooseNode(one) for one in value[:most] if isinstance(one, dict)]

    def texts(self, name: str, *, most: int = 500) -> list[str]:
        """Return a list of texts; one text may hold several, separated by commas."""
        value = self._values.get(_plain(name))
        if isinstance(value, str):
            value = value.replace("，", ",").replace(";", ",").split(",")
        if not isinstance(value, list):
            return []
        return [text for one in value[:most] if isinstance(one, str) and (text := one.strip())]

    def has(self, name: str) -> bool:
        """Tell whether there is such a field at all."""
        return _plain(name) in self._values


@lru_cache(maxsize=4_096)
def _plain(name: str) -> str:
    return name.replace("_", "").lower().removeprefix("fsi")


@lru_cache(maxsize=16_384)
def _instant(text: str) -> datetime | None:
    try:
        if text.isdigit() and len(text) in _EPOCH:
            return datetime.fromtimestamp(int(text) // _EPOCH[len(text)], UTC)
        match = _SEPARATED.fullmatch(text) or _COMPACT.fullmatch(text)
        if match is None or int(match[1]) < _EARLIEST_YEAR:
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        offset = match[7] if match.re is _SEPARATED else None
        found = datetime(year, month, day, hour, minute, second, tzinfo=BUSINESS_ZONE)
        return found if offset is None else datetime.fromisoformat(f"{found:%Y-%m-%dT%H:%M:%S}{offset}")
    except (ValueError, OverflowError):
        return None

"""Fields that a column of a file can hold, and by which headers it is known."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Form = Literal["code", "text", "fen", "decimal", "integer", "instant", "day", "flag", "choice", "codes", "words"]
"""How a cell is read: ``code`` must not have been a number once, ``fen`` is written in yuan, ``codes`` and ``words``
are several in one cell."""

Part = Literal["head", "line", "row"]
"""Whether a field is said once per settlement, once per fee line, or stands in a row by itself."""

ImportKind = Literal[
    "settlements", "reversals", "stock", "institutions", "departments", "practitioners", "insured_persons"
]


@dataclass(frozen=True, slots=True)
class ImportField:
    """One field of one kind of file."""

    name: str
    """Name in a file with native headers, and in a mapping."""
    pointer: str
    """Where its value stands in the body, from the body or from the fee line."""
    form: Form
    label: str
    """Chinese label, as the national interface has it where it has the field."""
    part: Part = "row"
    required: bool = False
    personal: bool = False
    """Its values are repeated in no report."""
    interface: tuple[str, ...] = ()
    """Names of the national interface."""
    also: tuple[str, ...] = ()
    """Other Chinese headers that are in use."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What a cell may say, in small letters, and what it means."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header it is known by, normalised."""
        return tuple(normalised(name) for name in (self.name, self.label, *self.interface, *self.also))


_UNIT = re.compile(r"[(\[【〔](?P<inner>[^()\[\]【】〔〕]*)[)\]】〕]$")
_FEN_UNIT = "分"
_NOT_IN_HEADERS = re.compile(r"[\s*＊:：_\-./\\]+")


def normalised(header: str) -> str:
    """Return a header without blanks, line breaks, marks and a unit in brackets, in small letters."""
    text = unicodedata.normalize("NFKC", header).strip().strip("'\"\ufeff").lower()
    while unit := _UNIT.search(text.rstrip(" *")):
        text = text.rstrip(" *")[: unit.start()]
    return _NOT_IN_HEADERS.sub("", text)


def in_fen(header: str) -> bool:
    """Tell whether a header says that its amounts are fen already: a native ``…_fen``, or the unit 分 in brackets."""
    text = unicodedata.normalize("NFKC", header).strip().lower()
    unit = _UNIT.search(text)
    return text.endswith("_fen") or (unit is not None and unit["inner"].strip() == _FEN_UNIT)

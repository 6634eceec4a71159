"""The rulebooks that come with the product, as data files beside this module."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

NATIONAL: Final = "national-2025"
"""Name of the rulebook made from the national rule and knowledge libraries (两库)."""


def read_rulebook(name: str = NATIONAL) -> Mapping[str, object]:
    """The document of a bundled rulebook, for ``domain.rulebook.parse_rulebook``; ``FileNotFoundError`` if unknown."""
    document: dict[str, object] = json.loads((files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    return document

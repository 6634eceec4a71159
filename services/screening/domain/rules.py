"""Rules, knowledge points and the rulebook that holds them: the law as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.screening.domain.finding import Severity

Phase = Literal["before", "during", "after"]
"""事前 (while ordering), 事中 (at settlement), 事后 (after payment)."""


class RulebookError(ValueError):
    """A rulebook that cannot be used; ``problems`` says why, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems: tuple[str, ...] = tuple(problems)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values of a rule or knowledge point, read by type; a wrong type raises ``RulebookError``."""

    values: Mapping[str, object] = field(default_factory=dict)

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise RulebookError([f"parameter {name} must be a whole number"])
        return value

    def optional_integer(self, name: str) -> int | None:
        """A whole number, or None when absent."""
        return self.integer(name) if name in self.values else None

    def text(self, name: str, default: str | None = None) -> str:
        """A word."""
        value = self.values.get(name, default)
        if not isinstance(value, str):
            raise RulebookError([f"parameter {name} must be a text"])
        return value

    def texts(self, name: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of words."""
        value = self.values.get(name, default)
        if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(v, str) for v in value):
            raise RulebookError([f"parameter {name} must be a list of texts"])
        return tuple(value)

    def by_level(self, name: str) -> dict[int, int]:
        """A whole number per facility level 0 to 3."""
        value = self.values.get(name)
        if not isinstance(value, Mapping):
            raise RulebookError([f"parameter {name} must map facility levels to whole numbers"])
        return {int(level): Parameters(value).integer(level) for level in value}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the national rule library, or one of our own, and the kind of check that carries it out."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    category: str
    """First and second tier of the national catalogue, such as 政策类/药品政策限定类."""
    severity: Severity
    phases: tuple[Phase, ...]
    legal_basis: str
    """The article, in Chinese, as it is cited to an institution."""
    parameters: Parameters
    effective_from: date
    effective_until: date | None = None
    """Last day on which the rule holds; None while it holds."""
    needs: str = ""
    """Data that claims do not carry and the rule cannot do without, in Chinese: it then only asks for review."""


@dataclass(frozen=True, slots=True)
class KnowledgePoint:
    """One knowledge point (知识点): the items a rule speaks of and the condition it sets for them."""

    id: str
    rule_code: str
    name: str
    """Name of the item as published, such as 阿帕他胺片; A×B for a pair."""
    item_codes: tuple[str, ...]
    other_codes: tuple[str, ...]
    """Second side of a pair: the items that ``item_codes`` include; empty otherwise."""
    condition: Parameters
    effective_from: date
    effective_until: date | None = None
    severity: Severity | None = None
    """Set where a point is weaker or stronger than its rule."""
    source: str = ""
    """Where the fact was published."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A version of the rules with their knowledge points; a decision names the version it used."""

    version: str
    rules: tuple[Rule, ...]
    points: tuple[KnowledgePoint, ...]
    note: str = ""

    def rule(self, code: str) -> Rule:
        """The rule with this code; ``KeyError`` when there is none."""
        for rule in self.rules:
            if rule.code == code:
                return rule
        raise KeyError(code)

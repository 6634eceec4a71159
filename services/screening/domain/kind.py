"""What a kind of check is: its parameters, and what its knowledge points carry; each check module holds its own."""

from dataclasses import dataclass
from typing import Literal

Shape = Literal["integer", "text", "texts", "integers_by_level", "diagnoses", "operations"]
"""``diagnoses`` and ``operations`` are lists of code beginnings: N40, N40-N42, E11.9; 68.3."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule or of its knowledge points."""

    name: str
    shape: Shape
    choices: tuple[str, ...] = ()
    required: bool = False
    minimum: int = 0
    required_when: tuple[str, str] | None = None
    """Another parameter and the value of it that makes this one necessary."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of check: its name, what its rules and points may set, and whether points carry item codes."""

    name: str
    name_zh: str
    rule_parameters: tuple[Parameter, ...] = ()
    point_parameters: tuple[Parameter, ...] = ()
    points: Literal["items", "pairs", "record", "none"] = "items"
    judges: Literal["claim", "institution"] = "claim"
    """What the check judges; over institutions it raises signals, never findings."""
    some_of: tuple[str, ...] = ()
    """Point parameters of which at least one must be given."""
    visits: tuple[str, ...] = ()
    """Care settings whose earlier visits of the person the check reads."""
    sales: bool = False
    """Whether it reads earlier sales of traceability codes."""
    practitioners: bool = False
    """Whether it reads measures against practitioners."""
    lists: bool = False
    """Whether it reads the settlement list filed for the claim."""
    deaths: bool = False
    """Whether it reads the day on which the person died."""
    once_per_item: tuple[str, ...] | None = ()
    """Point parameters that, together with the item, may occur once at a time: two points that agree on them and
    differ elsewhere contradict each other. None where several points for an item are meant."""


SEXES = ("male", "female")
CARE_SETTINGS = ("outpatient", "emergency", "inpatient", "pharmacy")
SCOPE = Parameter("scope", "text", choices=("institution", "anywhere"))
"""Whether earlier claims of other institutions count."""

"""What goes into quarantine, who may see it, and how a correction changes it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from services.intake.domain.jurisdiction import covers
from services.intake.domain.problem import Problem

Kind = Literal[
    "settlement",
    "reversal",
    "movement",
    "settlement_list",
    "message",
    "visit",
    "institution",
    "department",
    "practitioner",
    "insured_person",
]
"""What a body is: a body of the native API, a message of the national interface, or the parts of a visit."""
REGISTRY_KINDS: frozenset[Kind] = frozenset({"institution", "department", "practitioner"})
PERSON_KINDS: frozenset[Kind] = frozenset({"insured_person"})
MATTER_KINDS: frozenset[Kind] = frozenset({"settlement", "reversal", "movement", "settlement_list", "message", "visit"})
"""What institutions send; the registry is the agency's to write, and that of insured persons few people's."""
Source = Literal["batch", "import", "fsi", "single", "visit"]
"""How it came; ``visit`` is one that expired."""
State = Literal["open", "releasing", "released", "dismissed", "superseded", "expired"]
OPEN_STATES: tuple[State, ...] = ("open", "releasing")

LONGEST_REFERENCE = 200
CONFLICT_CODES = frozenset(
    {"settlement_differs", "movement_differs", "list_differs", "reversal_differs", "nothing_left"}
)
"""The same id with other content: whichever stands, the other must be looked at."""
REGIONS_DIFFER = "reports_differ"
"""Both regions reported a settlement and their amounts differ; the second report would otherwise leave no body."""


class Refusal(NamedTuple):
    """Something that was refused, on its way into the quarantine."""

    kind: Kind
    source: Source
    reference: str
    """Where it stood: batch and line, infno and msgid, or the visit; no personal data."""
    code: str
    problems: Sequence[Problem]
    body: bytes
    institution_code: str | None = None
    """None where the sender cannot be told."""
    subject: str | None = None
    """Id of the settlement or visit it would become; when that stands later, the entry is superseded.

    Of a reversal the settlement that it is of, of the registry the code of what it says something about.
    """
    own_id: str | None = None
    """Of a reversal its own id within the settlement."""
    region: str | None = None
    """Where the body says it belongs; counts where its institution is none that is registered."""
    located_by: str | None = None
    """Institution by which the region is told where the entry is no institution's: a practitioner's place of work."""
    waits: bool = False
    """To be released of itself as soon as the settlement that it is of has come."""


class Viewer(NamedTuple):
    """Whose entries somebody may see; both None for an agency of no one region."""

    institution: str | None
    region: str | None
    sees: frozenset[Kind] | None = None
    """Kinds of entries that exist for the viewer; None for all."""
    handles: frozenset[Kind] | None = None
    """Kinds whose bodies the viewer may see, correct and release; None for all."""

    def may_see(self, *, institution_code: str | None, region: str | None) -> bool:
        """Tell whether an entry is the viewer's institution's, or lies in the viewer's region."""
        if self.institution is not None:
            return institution_code == self.institution
        return self.region is None or (region is not None and covers(self.region, region))

    def may_know_of(self, kind: str) -> bool:
        """Tell whether entries of a kind exist for the viewer."""
        return self.sees is None or kind in self.sees

    def may_handle(self, kind: str) -> bool:
        """Tell whether the viewer may see and change bodies of a kind."""
        return self.handles is None or kind in self.handles


def merge_patch(target: Any, patch: Any) -> Any:
    """Return a value with a JSON merge patch (RFC 7396) applied: null removes a member, lists are replaced whole."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged

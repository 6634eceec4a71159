"""The inspection draw (双随机): tickets numbered by SHA-256, lowest numbers win; integers and text only.

The page that third parties rerun is docs/inspection-draw.md; `ALGORITHM` names its version, and any change of a line
here that changes a result is a new version.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

ALGORITHM: Final = "fundwarden-inspection-draw/1"
"""First line of the text that the key of a draw is made of."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An institution that may be drawn."""

    code: str
    weight: int
    """Number of tickets, 1 or more."""
    skills: tuple[str, ...]
    """Skills its team must hold together."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """An inspector with a certificate (执法证) for the whole period of the inspection."""

    code: str
    skills: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lots:
    """Everything a draw depends on, beside its key."""

    count: int
    """Institutions to draw; all of them when there are not more."""
    team_size: int
    """Inspectors of one institution at least (条例 Art. 29: two)."""
    candidates: tuple[Candidate, ...]
    inspectors: tuple[Inspector, ...]
    recusals: frozenset[tuple[str, str]]
    """Institution and inspector that must not meet (回避)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A drawn institution and who inspects it."""

    institution_code: str
    inspector_codes: tuple[str, ...]


def canonical(document: Mapping[str, Any]) -> str:
    """Write a document of texts, integers, lists and objects in the one form whose digest is published."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def commitment_of(seed: str) -> str:
    """Return what is published of a seed before the draw: the SHA-256 of its 32 bytes, in hexadecimal.

    Raises ValueError when the seed is not hexadecimal.
    """
    return sha256(bytes.fromhex(seed)).hexdigest()


def key_of(list_hash: str, seed: str, public_value: str) -> str:
    """Return the key of a draw: neither who made the list, nor who knew the seed, nor the public value alone fix it."""
    return digest(f"{ALGORITHM}\n{list_hash}\n{seed}\n{public_value}")


def draw(lots: Lots, key: str) -> list[Selection]:
    """Draw institutions in the order of their best tickets, and a team for each.

    Every institution holds as many tickets as its weight, so the chance of each rank is exactly that of weighted
    sampling without replacement. Raises LookupError when a team cannot be formed; `without_team` tells before.
    """
    ranked = sorted(lots.candidates, key=lambda candidate: (_best_ticket(key, candidate), candidate.code))
    loads = dict.fromkeys((inspector.code for inspector in lots.inspectors), 0)
    selections = []
    for candidate in ranked[: lots.count]:
        team = _team(lots, candidate, key, loads)
        for code in team:
            loads[code] += 1
        selections.append(Selection(candidate.code, team))
    return selections


def without_team(lots: Lots) -> list[str]:
    """Return the candidates for which no team can ever be formed, whatever the key."""
    return [candidate.code for candidate in lots.candidates if not _can_be_inspected(lots, candidate)]


def lots_of(document: Mapping[str, Any]) -> Lots:
    """Read the part of a published document that decides the draw; raises KeyError or TypeError for another."""
    return Lots(
        count=int(document["count"]),
        team_size=int(document["team_size"]),
        candidates=tuple(
            Candidate(entry["code"], int(entry["weight"]), tuple(entry["skills"])) for entry in document["institutions"]
        ),
        inspectors=tuple(Inspector(entry["code"], frozenset(entry["skills"])) for entry in document["inspectors"]),
        recusals=frozenset((entry["institution"], entry["inspector"]) for entry in document["recusals"]),
    )


def _best_ticket(key: str, candidate: Candidate) -> str:
    return min(digest(f"{key}|institution|{candidate.code}|{number}") for number in range(1, candidate.weight + 1))


def _free(lots: Lots, candidate: Candidate) -> Iterable[Inspector]:
    return (one for one in lots.inspectors if (candidate.code, one.code) not in lots.recusals)


def _team(lots: Lots, candidate: Candidate, key: str, loads: Mapping[str, int]) -> tuple[str, ...]:
    """Take the least loaded first, by ticket among equals: one for each skill still missing, then up to the size."""
    queue = sorted(
        _free(lots, candidate),
        key=lambda one: (loads[one.code], digest(f"{key}|inspector|{candidate.code}|{one.code}")),
    )
    team: list[Inspector] = []
    for skill in sorted(candidate.skills):
        if not any(skill in one.skills for one in team):
            team.append(_first(queue, team, skill))
    while len(team) < lots.team_size:
        team.append(_first(queue, team, None))
    return tuple(one.code for one in team)


def _first(queue: Sequence[Inspector], team: Sequence[Inspector], skill: str | None) -> Inspector:
    for one in queue:
        if one not in team and (skill is None or skill in one.skills):
            return one
    raise LookupError("no team can be formed")


def _can_be_inspected(lots: Lots, candidate: Candidate) -> bool:
    free = list(_free(lots, candidate))
    held = frozenset().union(*(one.skills for one in free))
    return len(free) >= lots.team_size and held.issuperset(candidate.skills)

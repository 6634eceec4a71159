"""Reads the reward tables: those that are shipped as data, and those of an installation."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from services.tips.domain.reward import (
    BASIS_POINTS,
    NATIONAL_MAXIMUM_FEN,
    NATIONAL_MINIMUM_FEN,
    Exclusion,
    FixedReward,
    InsiderBonus,
    RewardPolicy,
    Step,
)


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    up_to_fen: int | None
    rate_basis_points: int
    minimum_fen: int
    addition_fen: int = 0


class _Insider(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["share_of_amount", "added_rate"]
    basis_points: int


class _Fixed(msgspec.Struct, forbid_unknown_fields=True):
    minimum_fen: int
    maximum_fen: int


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    """A table as it stands in a file."""

    version: str
    region: str
    effective_from: date
    source: str
    verified: bool
    minimum_fen: int
    maximum_fen: int
    levels: dict[str, list[_Step]]
    insider: _Insider | None
    rounding: Literal["fen", "yuan"]
    claim_months: int
    exclusions: list[Exclusion]
    person_levels: dict[str, list[_Step]] = {}
    staged: bool = False
    decisive_basis_points: int = 0
    extension_months: int = 0
    token_days: int = 90
    reclaims: bool = True
    without_loss: _Fixed | None = None


@cache
def reward_policies(folder: Path | None = None) -> Mapping[str, RewardPolicy]:
    """Return the shipped reward tables and those of a folder, by version.

    Raises OSError, and ValueError for a table that is none, leaves case values without a rate, or leaves the national
    bounds. A version of the folder takes the place of a shipped one: decisions name the version they used.
    """
    shipped = [path for path in (files("services.tips") / "policies").iterdir() if path.name.endswith(".json")]
    own = [] if folder is None else sorted(folder.glob("*.json"))
    policies = [_read(path.name, path.read_bytes()) for path in (*shipped, *own)]
    return {policy.version: policy for policy in sorted(policies, key=lambda policy: policy.version)}


def reward_policy(version: str, folder: Path | None = None) -> RewardPolicy:
    """Return the table a decision was made with; raises KeyError where it is not there any more."""
    return reward_policies(folder)[version]


def _read(name: str, content: bytes) -> RewardPolicy:
    try:
        document = msgspec.json.decode(content, type=_Document)
    except msgspec.DecodeError as error:
        raise ValueError(f"the reward table {name} cannot be read: {error}") from error
    if problem := _problem(document):
        raise ValueError(f"the reward table {name}: {problem}")
    fixed = document.without_loss
    return RewardPolicy(
        version=document.version,
        region=document.region,
        effective_from=document.effective_from,
        source=document.source,
        verified=document.verified,
        minimum_fen=document.minimum_fen,
        maximum_fen=document.maximum_fen,
        levels=_levels(document.levels),
        insider=InsiderBonus(document.insider.kind, document.insider.basis_points) if document.insider else None,
        person_levels=_levels(document.person_levels),
        staged=document.staged,
        rounding_fen={"fen": 1, "yuan": 100}[document.rounding],
        decisive_basis_points=document.decisive_basis_points,
        exclusions=frozenset(document.exclusions),
        claim_months=document.claim_months,
        extension_months=document.extension_months,
        token_days=document.token_days,
        reclaims=document.reclaims,
        without_loss=None if fixed is None else FixedReward(fixed.minimum_fen, fixed.maximum_fen),
    )


def _levels(levels: Mapping[str, Sequence[_Step]]) -> dict[int, tuple[Step, ...]]:
    return {
        int(level): tuple(
            Step(step.up_to_fen, step.rate_basis_points, step.minimum_fen, step.addition_fen) for step in steps
        )
        for level, steps in levels.items()
    }


def _problem(document: _Document) -> str | None:
    if not NATIONAL_MINIMUM_FEN <= document.minimum_fen <= document.maximum_fen <= NATIONAL_MAXIMUM_FEN:
        return "its bounds leave the national ones, 200 to 200,000 yuan"
    if not 0 <= document.decisive_basis_points < BASIS_POINTS:
        return "late evidence cannot take the whole reward"
    if min(document.claim_months, document.token_days) < 1 or document.extension_months < 0:
        return "its periods must be positive"
    if len(document.region) != len("000000") or not document.region.isdecimal():
        return "its region has not six digits"
    fixed = document.without_loss
    if fixed and not document.minimum_fen <= fixed.minimum_fen <= fixed.maximum_fen <= document.maximum_fen:
        return "its reward without a loss leaves its own bounds"
    problems = map(_problem_of_steps, (*document.levels.values(), *document.person_levels.values()))
    return next(filter(None, problems), None)


def _problem_of_steps(steps: Sequence[_Step]) -> str | None:
    bounds = [step.up_to_fen for step in steps]
    inner = [bound for bound in bounds[:-1] if bound is not None]
    if not steps or bounds[-1] is not None or len(inner) != len(bounds) - 1 or inner != sorted(set(inner)):
        return "the last step of each level, and only that, must have no upper bound, and the others must rise"
    if any(not 0 <= step.rate_basis_points <= BASIS_POINTS for step in steps):
        return "a rate is not between nothing and the whole"
    return None

"""Reads the reward tables that are shipped as data."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from services.tips.domain.reward import InsiderBonus, RewardPolicy, Step


@cache
def reward_policies() -> tuple[RewardPolicy, ...]:
    """Return every reward table, by version; raises ValueError where a table leaves case values without a rate."""
    folder = files("services.tips") / "policies"
    policies = [
        _policy(msgspec.json.decode(path.read_bytes())) for path in folder.iterdir() if path.name.endswith(".json")
    ]
    return tuple(sorted(policies, key=lambda policy: policy.version))


def reward_policy(version: str) -> RewardPolicy:
    """Return the table a decision was made with; raises KeyError where it is not shipped any more."""
    return {policy.version: policy for policy in reward_policies()}[version]


def _policy(document: dict[str, Any]) -> RewardPolicy:
    levels = {int(level): tuple(Step(**step) for step in steps) for level, steps in document["levels"].items()}
    for steps in levels.values():
        if steps[-1].up_to_fen is not None or any(step.up_to_fen is None for step in steps[:-1]):
            message = f"the last step of each level in {document['version']}, and only that, must have no upper bound"
            raise ValueError(message)
    insider = document["insider"]
    return RewardPolicy(
        **{
            **document,
            "effective_from": date.fromisoformat(document["effective_from"]),
            "levels": levels,
            "insider": InsiderBonus(**insider) if insider else None,
        }
    )

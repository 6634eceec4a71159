"""The handling log speaks Chinese and English at the desk: every step that is logged has words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.tips.api import desk_log, desk_texts

USE_CASES = Path(__file__).resolve().parents[3] / "services" / "tips" / "use_cases"
FEWEST = 25


def constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def logged() -> set[str]:
    """Actions that use cases log by name."""
    found: set[str] = set()
    for path in USE_CASES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in {"log_step", "_log"}:
                found.update(action for argument in node.args for action in constants(argument))
            for keyword in node.keywords:
                if keyword.arg == "action":
                    found.update(constants(keyword.value))
    return found


def test_many_steps_are_found():
    assert len(logged()) >= FEWEST


@pytest.mark.parametrize("action", sorted(logged()))
def test_a_logged_step_has_words(action: str):
    assert action in desk_texts.STEPS


@pytest.mark.parametrize(
    ("kept", "zh", "en"),
    [
        ({"amount_fen": 123456}, ("金额", "¥1,234.56"), ("amount", "")),
        ({"amount_fen": -5}, ("金额", "-¥0.05"), ("amount", "")),
        ({"reason": "act_elsewhere"}, ("理由", "行为发生地在其他地区"), ("reason", "The act took place elsewhere")),
        ({"something": True}, ("something", "True"), ("", "")),
        ({"findings": 0}, ("违规认定", "0"), ("findings", "")),
    ],
)
def test_a_detail_is_told_in_words(kept: dict[str, str | int | bool | None], zh: tuple[str, str], en: tuple[str, str]):
    ((name, value),) = desk_log.details(kept)
    assert ((name[0], value[0]), (name[1], value[1])) == (zh, en)


def test_a_detail_that_is_missing_is_left_out():
    assert desk_log.details({"exclusion": None, "desk": ""}) == []

"""Every promise of the threat model names tests, and every test it names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODEL = (ROOT / "docs" / "tips-threat-model.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FEWEST_PROMISES = 30


def promises() -> list[tuple[str, str]]:
    """Rows of the tables under "What holds": the promise, and the cell with its tests."""
    held = MODEL.split("\n## What holds\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in held.splitlines() if line.startswith("|")]
    return [(promise.strip(), tests) for promise, tests in rows if promise.strip() not in {"promise", "---"}]


def test_the_model_makes_many_promises():
    assert len(promises()) >= FEWEST_PROMISES


@pytest.mark.parametrize(("promise", "tests"), promises())
def test_a_promise_is_held_by_tests_that_exist(promise: str, tests: str):
    named = NAMED.findall(tests)
    assert named, promise
    assert len(named) == tests.count("`") // 2, "everything in backticks is a test"
    for path, name in named:
        assert re.search(rf"^ *(?:async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), f"{path}::{name}"


def test_what_does_not_hold_is_said():
    said = MODEL.split("\n## What does not hold\n")[1]
    for word in ("Tor", "write-ahead", "swap", "flood", "rotation", "ClamAV"):
        assert word in said

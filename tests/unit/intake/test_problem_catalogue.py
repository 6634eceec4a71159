"""The catalogue of problems: every code the source uses has its texts and its class, and the document says the same."""

import ast
from collections import defaultdict
from pathlib import Path

from deploy.reference import validation
from services.intake.domain.problem import TEXTS
from services.intake.domain.problem_class import BOTH, DOUBTS, WAITING, class_of

ROOT = Path(__file__).resolve().parents[3]
INTAKE = ROOT / "services" / "intake"


def used() -> dict[str, set[str]]:
    """Codes by the list that a problem of theirs is put into: ``doubts``, ``problems``, or another."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in INTAKE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append"):
                continue
            made = node.args[0] if node.args else None
            if not (isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id == "Problem"):
                continue
            target = node.func.value
            name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            name = "doubts" if path.name == "doubtful.py" or name == "gaps" else name
            for constant in ast.walk(made.args[1]):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str) and constant.value in TEXTS:
                    found[name].add(constant.value)
    return found


def test_every_doubt_of_the_source_is_classed_as_one_and_no_refusal_is() -> None:
    found = used()
    assert len(found["doubts"]) > 40
    assert len(found["problems"]) > 30
    assert {code for code in found["doubts"] if class_of(code) not in {"doubt", "both"}} == set()
    assert {code for code in found["problems"] if class_of(code) not in {"refused", "both"}} == set()


def test_every_code_has_both_texts_and_every_class_is_of_a_code() -> None:
    for code, (zh, en) in TEXTS.items():
        assert zh.endswith(("。", "？")), code
        assert en.endswith("."), code
        assert "|" not in zh + en, code
    assert TEXTS.keys() >= DOUBTS | BOTH | WAITING
    assert len(DOUBTS | BOTH | WAITING) == len(DOUBTS) + len(BOTH) + len(WAITING)


def test_the_document_is_the_catalogue() -> None:
    assert (ROOT / "docs" / "validation.md").read_text() == validation.render()

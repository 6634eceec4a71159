"""The shape of the code that no other tool holds: sizes, who opens transactions, what migrations may import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
MODULES = sorted(path for path in SERVICES.rglob("*.py") if "__pycache__" not in path.parts)
MIGRATIONS = sorted(SERVICES.glob("*/migrations/versions/*.py"))
FEATURE_MODULES = [
    path for path in MODULES if path.relative_to(SERVICES).parts[0] in {"intake", "screening", "credit", "tips"}
]

LONGEST = 400


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_in_one_sentence_what_it_is_for(path) -> None:
    text = path.read_text()
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_that_grew_too_long_is_two(path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_there_are_no_drawers(path) -> None:
    assert not {"utils", "util", "helpers", "common", "misc", "base"} & {
        part.removesuffix(".py") for part in path.parts[-3:]
    }


@pytest.mark.parametrize("path", MIGRATIONS, ids=name)
def test_a_migration_imports_no_code_that_will_change(path) -> None:
    allowed = {"alembic", "sqlalchemy"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules = {(node.module or "").split(".")[0]}
        else:
            continue
        assert modules <= allowed, f"{name(path)} imports {modules - allowed}"


@pytest.mark.parametrize("path", FEATURE_MODULES, ids=name)
def test_only_use_cases_open_transactions(path) -> None:
    if "use_cases" in path.parts:
        return
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"transaction", "commit", "rollback", "begin"}
    ]
    assert calls == [], f"{name(path)} line {calls[0].lineno}" if calls else ""


@pytest.mark.parametrize("path", [path for path in MODULES if "domain" in path.parts], ids=name)
def test_the_domain_never_looks_at_the_clock(path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in {"now", "utcnow", "today", "monotonic", "perf_counter"}, name(path)


def test_the_text_of_a_tip_cannot_reach_a_log_or_a_span() -> None:
    """In tips, a log call or a span attribute may only be given literals, ids, codes and class names."""
    forbidden = {"text", "identity", "receipt", "phone", "name", "body", "message", "content"}
    for path in (SERVICES / "tips").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if called in {"set_attribute", "span"} or owner in {"_log", "log", "logger"}:
                used = {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
                used |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                assert not (used & forbidden), f"{name(path)} line {node.lineno}: {used & forbidden}"

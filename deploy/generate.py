"""Make the checked-in documents anew, or with ``--check`` tell whether they still fit."""

import argparse
import difflib
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from deploy.grafana import dashboards
from deploy.reference import asyncapi, configuration, events, openapi, rules, validation
from deploy.reference.schemas import incompatibilities, schema_of
from services.contracts.catalogue import FACTS

ROOT = Path(__file__).resolve().parents[1]

_SCHEMAS = ROOT / "tests" / "contract" / "schemas"

Documents = dict[Path, str]


class IncompatibleError(ValueError):
    """A fact changed in a way its version does not allow; it wants a new version."""


def _schemas() -> Documents:
    documents = {}
    for fact in FACTS:
        path, schema = _SCHEMAS / f"{fact.TYPE}.json", schema_of(fact)
        if path.exists() and (told := incompatibilities(msgspec.json.decode(path.read_bytes()), schema)):
            raise IncompatibleError(f"{fact.TYPE} wants a new version:\n  " + "\n  ".join(told))
        documents[path] = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
    return documents


def _openapi() -> Documents:
    return {ROOT / "docs" / "openapi" / name: text for name, text in openapi.render().items()}


def _dashboards() -> Documents:
    folder = ROOT / "deploy" / "grafana" / "dashboards"
    return {folder / name: text for name, text in dashboards.render().items()}


TARGETS: dict[str, Callable[[], Documents]] = {
    "events": lambda: {ROOT / "docs" / "events.md": events.render()},
    "asyncapi": lambda: {ROOT / "docs" / "asyncapi.yaml": asyncapi.render()},
    "schemas": _schemas,
    "config": lambda: {ROOT / "docs" / "config.md": configuration.render()},
    "openapi": _openapi,
    "validation": lambda: {ROOT / "docs" / "validation.md": validation.render()},
    "rules": lambda: {ROOT / "docs" / "rules.md": rules.render()},
    "dashboards": _dashboards,
}
"""What can be made, by name."""


def write(documents: Documents) -> None:
    """Write the documents where they belong."""
    for path, text in documents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def differences(documents: Documents) -> list[str]:
    """Unified diff lines between what is checked in and what would be written; empty when they fit."""
    lines: list[str] = []
    for path, text in documents.items():
        held = path.read_text(encoding="utf-8") if path.exists() else ""
        name = str(path.relative_to(ROOT))
        lines += difflib.unified_diff(held.splitlines(), text.splitlines(), name, f"{name} (made anew)", lineterm="")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 1 when something checked in is stale."""
    parser = argparse.ArgumentParser(prog="python -m deploy.generate", description=__doc__)
    parser.add_argument("which", nargs="*", metavar="which", help=f"all, or any of: {', '.join(TARGETS)}")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and show the difference")
    options = parser.parse_args(arguments)
    if unknown := set(options.which) - {*TARGETS, "all"}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    stale = []
    for name in TARGETS if "all" in options.which else options.which or TARGETS:
        documents = TARGETS[name]()
        if options.check:
            stale += differences(documents)
        else:
            write(documents)
    if stale:
        print("\n".join(stale))
        print(f"\nstale; run: python -m deploy.generate {' '.join(options.which)}".rstrip(), file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

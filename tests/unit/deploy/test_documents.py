"""What the documents name is there: linked files, commands of the program, targets of the Makefile."""

import re
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from services.cli import app

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@every_document
def test_a_linked_file_is_there(path):
    links = re.findall(r"\]\(([^)#]+)", path.read_text())
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert missing == []


@every_document
def test_a_named_command_is_one_the_program_knows(path):
    for words in re.findall(r"(?:^|[`(;&]|\$\()\s*fundwarden ([a-z][a-z -]*)", path.read_text(), re.MULTILINE):
        group = typer.main.get_command(app)
        for word in words.split():
            if not isinstance(group, TyperGroup):
                break
            assert word in group.commands, f"fundwarden {words}"
            group = group.commands[word]


@every_document
def test_a_named_target_is_in_the_makefile(path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(), re.MULTILINE))
    assert named - targets == set()


def test_the_documents_are_read_at_all():
    assert len(DOCUMENTS) > 20

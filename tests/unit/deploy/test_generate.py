"""What is generated and checked in fits the code."""

import re

import msgspec
import pytest

from deploy import generate
from deploy.generate import IncompatibleError, differences, main
from deploy.grafana.dashboards import render
from deploy.reference.contracts import describe
from services.contracts.catalogue import FACTS


@pytest.mark.parametrize("which", generate.TARGETS)
def test_what_is_checked_in_is_what_would_be_made(which):
    assert differences(generate.TARGETS[which]()) == []


def test_a_stale_document_fails_the_check(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "events.md").write_text("old\n")
    assert main(["--check", "events"]) == 1
    assert "-old" in capsys.readouterr().out
    assert main(["events"]) == 0
    assert main(["--check", "events"]) == 0


def test_a_fact_that_breaks_its_version_is_not_written_over(tmp_path, monkeypatch):
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    fact = FACTS[0]
    later = generate.schema_of(fact)
    later["$defs"][fact.__name__]["properties"]["gone"] = {"type": "string"}
    (schemas / f"{fact.TYPE}.json").write_bytes(msgspec.json.encode(later))
    monkeypatch.setattr(generate, "_SCHEMAS", schemas)
    with pytest.raises(IncompatibleError, match="gone: removed"):
        generate.TARGETS["schemas"]()


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_every_fact_and_field_is_described_in_both_languages(fact):
    described = describe(fact)
    assert described.english
    for field in described.fields:
        assert re.search(r"[一-鿿]", field.chinese), field.name
        assert field.english, field.name


@pytest.mark.parametrize("name", ["settlement-journey.json", "services.json"])
def test_every_panel_is_titled_in_chinese_first_and_explained(name):
    panels = msgspec.json.decode(render()[name])["panels"]
    for panel in panels:
        assert re.match(r"[一-鿿]", panel["title"]), panel["title"]
        assert panel["type"] == "row" or panel["description"], panel["title"]
    assert len({panel["id"] for panel in panels}) == len(panels)

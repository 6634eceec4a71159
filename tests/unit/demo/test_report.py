"""The demo's report."""

import json
from io import StringIO

import msgspec
import pytest
from rich.console import Console

from services.demo.report import Report, RuleTally, Sanctioned, show, write, yuan

PROMISED = {
    "posted", "accepted", "screened", "lines", "findings", "findings_by_rule", "planted", "planted_found",
    "false_alarms", "confirmed", "practitioners_suspended", "refused_after_suspension", "tip_status", "reward_fen",
    "lost", "duplicated", "seconds", "settlements_per_second", "bus", "database",
}  # fmt: skip


def kept() -> Report:
    tally = RuleTally(
        rule_code="FW000001", name_zh="追溯码重复结算", name_en="Sold twice", findings=3, amount_fen=12345
    )
    person = Sanctioned(practitioner_code="D990126000001", points=10, status="suspended", until="2026-06-09")
    return Report(
        planted=3, planted_found=3, by_rule=[tally], sanctioned=[person], tip_life=["received", "closed/paid"]
    )


def test_a_run_passes_only_when_all_was_found_and_nothing_lost_or_done_twice():
    assert kept().passed


@pytest.mark.parametrize(
    "flaw",
    [
        {"planted_found": 2},
        {"planted": 0, "planted_found": 0},
        {"false_alarms": 1},
        {"lost": 1},
        {"duplicated": 1},
        {"problems": ["something was not kept"]},
    ],
)
def test_a_run_with_a_flaw_does_not_pass(flaw):
    assert not msgspec.structs.replace(kept(), **flaw).passed


def test_the_report_is_written_as_json_with_every_promised_key(tmp_path):
    path = write(kept(), tmp_path / "state")
    assert path.name == "demo-report.json"
    assert json.loads(path.read_text()).keys() >= PROMISED


def test_the_report_shows_rules_amounts_people_and_the_life_of_the_tip():
    out = StringIO()
    show(kept(), Console(file=out, width=140))
    text = out.getvalue()
    assert "通过" in text
    for shown in ("FW000001", "¥123.45", "D990126000001", "暂停", "已收到 received", "结案 closed"):
        assert shown in text


def test_a_failed_run_says_what_was_not_kept():
    out = StringIO()
    show(msgspec.structs.replace(kept(), problems=["an emergency was refused"]), Console(file=out, width=140))
    assert "未通过" in out.getvalue()
    assert "an emergency was refused" in out.getvalue()


def test_amounts_are_written_without_rounding():
    assert [yuan(fen) for fen in (0, 5, 123456789, -250)] == ["¥0.00", "¥0.05", "¥1,234,567.89", "-¥2.50"]

"""The evaluation itself: every rule that judges claims is planted, found, and nothing else is."""

from services.screening.domain.checks.table import KINDS
from tests.eval.knowledge import evaluation_document
from tests.eval.screening import MAKERS, evaluate


def test_every_kind_that_judges_claims_has_scenes() -> None:
    judging = {kind.name for kind in KINDS.values() if kind.judges == "claim"}
    # Own rules have no scenes: what an expression says is whatever its author wrote.
    assert MAKERS.keys() == judging - {"expression"}


def test_a_small_month_is_judged_without_a_miss_or_a_false_alarm() -> None:
    told = evaluate(2, 1, 1_500)
    assert told["missed"] == []
    assert told["alarms"] == []
    judged = {rule["code"] for rule in evaluation_document()["rules"] if KINDS[rule["kind"]].judges == "claim"}
    assert {code for code, row in told["rules"].items() if row["planted"] == row["found"] == 2} == judged

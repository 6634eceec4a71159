"""What differs between rulebooks, what an import replaces, and when a rule is out of its band."""

from datetime import date

import pytest

from services.screening.domain.merging import merge
from services.screening.domain.rails import Band, Gauge, Rails, out_of_band
from services.screening.domain.rulebook_diff import difference

RULE = "GZ10000301004000"
BAND = Band(factor=10.0, least_findings=200, baseline_claims=5_000, most_share=0.5, most_failures=100)


def point(identity, *codes, sex="male", published="2025-05-23", **more):
    source = f"两库，{published}公布"
    return {
        "id": identity,
        "rule": RULE,
        "name": "药",
        "codes": list(codes),
        "when": {"sex": sex},
        "source": source,
    } | more


def document(*points, rules=({"code": RULE, "kind": "sex"},)):
    return {"version": "1", "effective_from": "2025-01-01", "rules": list(rules), "points": list(points)}


def test_the_same_law_in_other_points_is_no_difference() -> None:
    assert difference(document(point("A", "1", "2")), document(point("B", "1"), point("C", "2"))).points == {}


def test_points_are_compared_by_rule_and_code() -> None:
    found = difference(document(point("A", "1", "2")), document(point("A", "2", sex="female"), point("B", "3")))
    changes = found.points[RULE]
    assert (changes.added, changes.removed, changes.changed) == (1, 1, 1)


def test_rules_are_compared_field_by_field() -> None:
    rules = ({"code": RULE, "kind": "sex", "severity": "suspicion"},)
    [change] = difference(document(), document(rules=rules)).rules_changed
    assert (change.before, change.after) == ({}, {"severity": "suspicion"})


def test_a_newer_publication_takes_a_code_and_leaves_the_others() -> None:
    standing = document(point("A", "1", "2"))
    outcome = merge(standing, [point("B", "2", "3", published="2026-01-06")], date(2026, 1, 6))
    assert (outcome.added, outcome.replaced, outcome.older) == (1, 1, 0)
    assert [(one["id"], one["codes"]) for one in standing["points"]] == [("A", ["1"]), ("B", ["2", "3"])]


def test_an_older_publication_changes_nothing() -> None:
    standing = document(point("A", "1", published="2026-01-06"))
    outcome = merge(standing, [point("B", "1")], date(2025, 5, 23))
    assert (outcome.older, [one["id"] for one in standing["points"]]) == (1, ["A"])


def test_the_same_file_again_changes_nothing() -> None:
    standing = document()
    for _ in range(2):
        merge(standing, [point("A", "1", "2")], date(2025, 5, 23))
    assert [(one["id"], one["codes"]) for one in standing["points"]] == [("A", ["1", "2"])]


@pytest.mark.parametrize(
    ("gauge", "cause"),
    [
        (Gauge(199, 0, 1_000, 10, 100_000), None),
        (Gauge(200, 0, 10_000, 100, 100_000), "jump"),
        (Gauge(200, 0, 10_000, 200, 100_000), None),
        (Gauge(201, 0, 10_000, 200, 100_000), "jump"),
        (Gauge(300, 0, 10_000, 0, 100_000), None),
        (Gauge(300, 0, 10_000, 1, 4_999), None),
        (Gauge(501, 0, 1_000, 0, 0), "share"),
        (Gauge(500, 0, 1_000, 0, 0), None),
        (Gauge(0, 100, 10_000, 0, 0), "failures"),
        (Gauge(0, 99, 10_000, 0, 0), None),
    ],
)
def test_a_rule_is_paused_at_the_edge_of_its_band(gauge, cause) -> None:
    assert out_of_band(gauge, BAND) == cause


def test_rails_without_a_pause_or_a_budget_hold_nothing() -> None:
    assert Rails().open
    assert not Rails(frozenset({RULE})).open

"""The rating of an institution: every number's edge, the same case once, and the fast form beside the explained one."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.credit.domain.errors import NoPolicyInForceError, PolicyInvalidError
from services.credit.domain.rating import (
    ABSENT,
    Benchmark,
    Evidence,
    benchmarks_of,
    calculator,
    quantities_of,
    rate,
    without_fallen,
)
from services.credit.domain.rating_policy import Measured, RatingPolicy, RatingPolicyBook
from services.credit.domain.rating_policy_document import read_rating_policy

FOLDER = Path(__file__).parents[3] / "services/credit/policies/ratings"
DOCUMENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
NATIONAL, THOUSAND, HUNDRED = (
    read_rating_policy(DOCUMENTS[name]) for name in ("national-2025", "370000-2025", "150000-2026")
)
POLICIES = [NATIONAL, THOUSAND, HUNDRED]
DAY = date(2025, 6, 1)


def evidence(metric: str, number: int = 1, *, quantity: int = 1, case: str | None = None, on: date = DAY):
    return [Evidence(f"{metric}-{at}", metric, quantity, case or f"case-{at}", on) for at in range(number)]


def line(policy: RatingPolicy, code: str, found, settlements: int = 10_000, **arguments):
    rated = rate(policy, found, settlements, **arguments)
    return next(one for one in rated.lines if one.indicator == code)


def change(policy: RatingPolicy, code: str, found, settlements: int = 10_000, **arguments) -> int:
    return line(policy, code, found, settlements, **arguments).change_e2


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.version)
def test_an_institution_without_evidence_keeps_the_base(policy):
    rated = rate(policy, [], 100_000)
    assert rated.score_e2 == policy.base_e2
    assert all(one.change_e2 == 0 for one in rated.lines)


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        (0, 0),
        (1, -50),
        (4, -50),
        (5, -200),
        (9, -200),
        (10, -400),
        (49, -400),
        (50, -800),
        (99, -800),
        (100, -1500),
        (1000, -1500),
    ],
)
def test_violations_are_seen_relative_to_ten_thousand_settlements(cases, expected):
    assert change(NATIONAL, "violation_rate", evidence("finding:violation", cases)) == expected


@pytest.mark.parametrize(
    ("settlements", "expected"), [(0, -400), (1_000, -400), (2_000, -400), (2_001, -200), (10_000, -50)]
)
def test_below_the_least_volume_a_rate_does_not_explode(settlements, expected):
    """Two cases among 1,000 are twenty among 10,000: the same as with an unknown volume."""
    found = evidence("finding:violation", 2)
    assert change(NATIONAL, "violation_rate", found, settlements) == expected


@pytest.mark.parametrize(
    ("fen", "expected"),
    [
        (99_999, 0),
        (100_000, -50),
        (999_999, -50),
        (1_000_000, -200),
        (9_999_999, -200),
        (10_000_000, -500),
        (99_999_999, -500),
        (100_000_000, -1000),
    ],
)
def test_amounts_step_at_exactly_their_bounds(fen, expected):
    assert change(NATIONAL, "violation_amount", evidence("finding:violation", quantity=fen)) == expected


@pytest.mark.parametrize(
    ("code", "metric", "number", "expected"),
    [
        ("penalty", "sanction:penalty_article_38", 1, -500),
        ("penalty", "sanction:penalty_article_39", 4, -2000),
        ("penalty", "sanction:penalty_article_38", 5, -2000),
        ("fraud", "sanction:penalty_article_40", 1, -4000),
        ("agreement_sanction", "sanction:liquidated_damages", 4, -1200),
        ("agreement_sanction", "sanction:impersonation", 5, -1200),
        ("self_check_honest", "self_check:honest", 2, 200),
        ("self_check_honest", "self_check:honest", 3, 200),
        ("self_check_concealed", "self_check:concealed", 1, -500),
        ("inspection_problem", "inspection:problem", 7, -600),
        ("inspection_clean", "inspection:clean", 3, 100),
        ("rectification_overdue", "rectification:overdue", 2, -800),
        ("tip", "tip", 5, -1000),
        ("tip", "tip", 6, -1000),
        ("commendation", "commendation", 3, 200),
        ("credit_repaired", "repair", 1, 200),
    ],
)
def test_a_unit_counts_up_to_the_limit(code, metric, number, expected):
    assert change(NATIONAL, code, evidence(metric, number)) == expected


@pytest.mark.parametrize(("points", "expected"), [(1, -20), (12, -240), (29, -580), (30, -600), (31, -600)])
def test_points_of_staff_count_each_up_to_the_limit(points, expected):
    assert change(NATIONAL, "staff_points", evidence("staff_points", quantity=points)) == expected


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("traceability", 7_999, -700), ("traceability", 8_000, -350), ("traceability", 9_499, -350),
        ("traceability", 9_500, -150), ("traceability", 9_999, -150), ("traceability", 10_000, 0),
        ("data_quality", 7_999, -800), ("data_quality", 8_000, -400), ("data_quality", 9_000, -200),
        ("data_quality", 9_499, -200), ("data_quality", 9_500, 0),
        ("service_evaluation", 5_999, -800), ("service_evaluation", 6_000, -400), ("service_evaluation", 8_000, -100),
        ("service_evaluation", 9_000, 0),
        ("cost_growth", 10_499, 0), ("cost_growth", 10_500, -100), ("cost_growth", 11_000, -300),
        ("cost_growth", 12_000, -700),
    ],
)  # fmt: skip
def test_a_recorded_value_falls_into_its_step(code, value, expected):
    assert change(NATIONAL, code, evidence(code, quantity=value)) == expected


def test_what_is_not_known_changes_nothing_and_says_so():
    unknown = line(NATIONAL, "traceability", [])
    assert (unknown.number, unknown.change_e2) == (None, 0)


def test_the_latest_value_counts_whatever_the_order():
    old = Evidence("a", "traceability", 10_000, "x", date(2025, 1, 1))
    new = Evidence("b", "traceability", 0, "y", date(2025, 12, 31))
    assert change(NATIONAL, "traceability", [new, old]) == change(NATIONAL, "traceability", [old, new]) == -700


def test_one_case_counts_once_and_two_kinds_of_it_add_up():
    """鲁医保发〔2022〕39号: the same indicator once a case, different indicators together."""
    case = evidence("inspection:problem", 5, case="inspection 7")
    assert change(NATIONAL, "inspection_problem", case) == -100
    overdue = evidence("rectification:overdue", 1, case="inspection 7")
    rated = rate(NATIONAL, [*case, *overdue], 10_000)
    assert rated.score_e2 == NATIONAL.base_e2 - 100 - 400


def test_one_case_under_two_metrics_of_one_indicator_counts_once():
    found = [
        *evidence("sanction:penalty_article_38", case="document 1"),
        *evidence("sanction:penalty_article_39", case="document 1"),
    ]
    assert change(NATIONAL, "penalty", found) == -500


def test_amounts_add_up_inside_a_case_and_the_same_finding_counts_once():
    one = Evidence("a", "finding:violation", 60_000, "case", DAY)
    other = replace(one, evidence_id="b")
    assert line(NATIONAL, "violation_amount", [one, other]).number == 120_000
    assert line(NATIONAL, "violation_amount", [one, one]).number == 60_000


def test_a_dimension_takes_no_more_than_its_floor():
    worst = [
        *evidence("sanction:penalty_article_40"),
        *evidence("sanction:penalty_article_38", 4),
        *evidence("finding:violation", 200, quantity=10**9),
    ]
    rated = rate(NATIONAL, worst, 10_000)
    assert rated.dimensions_e2["fund"] == -4000
    assert (rated.score_e2, rated.grade) == (6_000, "qualified")


def test_plus_items_do_not_lift_the_score_over_the_ceiling():
    assert rate(NATIONAL, evidence("commendation", 2), 10_000).score_e2 == 10_000
    assert rate(THOUSAND, evidence("commendation", 2), 10_000).score_e2 == 103_000


def test_the_score_does_not_fall_below_the_floor():
    everything = [
        one
        for indicator in HUNDRED.indicators
        for metric in indicator.metrics
        for one in evidence(metric, 200, quantity=0 if indicator.measured.value == "latest" else 10**9)
    ]
    assert rate(HUNDRED, everything, 1).score_e2 == 200 >= HUNDRED.floor_e2
    deeper = replace(HUNDRED, base_e2=1_000)
    assert (rate(deeper, everything, 1).score_e2, rate(deeper, everything, 1).grade) == (0, "D")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.version)
def test_every_grade_begins_at_exactly_its_bound(policy):
    for better, grade in zip(policy.grades, policy.grades[1:], strict=False):
        at = rate(replace(policy, base_e2=better.from_e2), [], 1)
        below = rate(replace(policy, base_e2=better.from_e2 - 1), [], 1)
        assert (at.grade, below.grade) == (better.name, grade.name)


def test_the_shapes_are_data():
    assert [grade.text.zh for grade in NATIONAL.grades] == ["优秀", "良好", "合格", "不达标"]
    assert [grade.name for grade in THOUSAND.grades] == ["A+", "A", "B", "C", "C-", "D", "D-"]
    assert THOUSAND.base_e2 == 100_000
    assert [grade.name for grade in HUNDRED.grades] == ["A", "B", "C", "D"]
    assert {indicator.method.value for indicator in THOUSAND.indicators} == {"step", "best", "middle"}


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 0), (4_500, 1_000), (8_999, 2_000), (9_000, 2_000), (10_000, 2_000)]
)
def test_against_the_best_an_award_follows_the_share(value, expected):
    known = {"traceability": Benchmark(9_000, 5_000)}
    assert change(THOUSAND, "traceability", evidence("traceability", quantity=value), benchmarks=known) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, -5_000), (4_750, -2_500), (9_500, 0), (10_000, 0)])
def test_against_the_best_a_deduction_follows_the_shortfall(value, expected):
    known = {"data_quality": Benchmark(9_500, 5_000)}
    assert change(THOUSAND, "data_quality", evidence("data_quality", quantity=value), benchmarks=known) == expected


@pytest.mark.parametrize(("cases", "expected"), [(0, 0), (1, 0), (2, -1_500), (4, -2_250)])
def test_against_the_lowest_rate_more_costs_more(cases, expected):
    known = {"suspicion_rate": Benchmark(100, 400)}
    assert change(THOUSAND, "suspicion_rate", evidence("finding:suspicion", cases), benchmarks=known) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10_000, 2_000),
        (10_500, 2_000),
        (9_500, 2_000),
        (10_501, 1_999),
        (11_750, 1_000),
        (8_250, 1_000),
        (13_000, 0),
        (7_000, 0),
        (20_000, 0),
    ],
)
def test_around_the_middle_the_whole_is_given_and_less_outside(value, expected):
    known = {"cost_growth": Benchmark(10_000, 10_000)}
    got = change(THOUSAND, "cost_growth", evidence("cost_growth", quantity=value), benchmarks=known)
    assert abs(got - expected) <= 1


def test_a_middle_of_zero_does_not_divide():
    known = {"cost_growth": Benchmark(0, 0)}
    assert change(THOUSAND, "cost_growth", evidence("cost_growth", quantity=5), benchmarks=known) == 0
    assert change(THOUSAND, "cost_growth", evidence("cost_growth", quantity=0), benchmarks=known) == 2_000


def test_the_benchmarks_of_peers_ignore_the_unknown_and_their_order():
    place = [indicator.code for indicator in THOUSAND.indicators].index("traceability")

    def peer(value: int) -> tuple[int, list[int]]:
        quantities = [ABSENT] * len(THOUSAND.indicators)
        quantities[place] = value
        return 5_000, quantities

    peers = [peer(value) for value in (ABSENT, 7_000, 9_000, 8_000, 6_000)]
    found = benchmarks_of(THOUSAND, peers)
    assert found == benchmarks_of(THOUSAND, peers[::-1]) == {"traceability": Benchmark(9_000, 7_000)}


@pytest.mark.parametrize(
    ("before", "expected"),
    [(None, "excellent"), ("substandard", "good"), ("qualified", "excellent"), ("D-", "excellent")],
)
def test_a_grade_rises_by_no_more_than_the_policy_allows(before, expected):
    assert rate(NATIONAL, [], 10_000, grade_before=before).grade == expected


def test_a_fall_is_not_cushioned():
    found = [
        *evidence("sanction:penalty_article_40"),
        *evidence("self_check:concealed", 2),
        *evidence("tip", 5),
        *evidence("traceability", quantity=0),
    ]
    assert rate(NATIONAL, found, 10_000, grade_before="excellent").grade == "substandard"


def test_severe_dishonesty_is_the_lowest_grade_whatever_the_score():
    rated = rate(NATIONAL, evidence("severe_dishonesty"), 10_000)
    assert (rated.score_e2, rated.grade, rated.direct) == (10_000, "substandard", ("severe_dishonesty-0",))


def test_a_final_rating_loses_what_fell_and_gains_nothing():
    kept, gone, late = (Evidence(key, "tip", 5, key, DAY) for key in "abc")
    points = Evidence("p", "staff_points", 6, "p", DAY)
    standing = [kept, late, replace(points, quantity=4)]
    assert without_fallen([kept, gone, points], standing) == (kept, replace(points, quantity=4))
    assert without_fallen([points], [replace(points, quantity=9)]) == (points,)


METRICS = sorted({metric for policy in POLICIES for one in policy.indicators for metric in one.metrics})
ITEMS = st.lists(
    st.builds(
        Evidence,
        evidence_id=st.uuids().map(str),
        metric=st.sampled_from(METRICS),
        quantity=st.integers(0, 10**7),
        case=st.sampled_from([f"case {number}" for number in range(8)]),
        on=st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    ),
    max_size=40,
)
BENCHMARKS = st.dictionaries(
    st.sampled_from([one.code for policy in POLICIES for one in policy.indicators if one.compared]),
    st.builds(Benchmark, best=st.integers(0, 10**6), middle=st.integers(0, 10**6)),
)


@given(st.sampled_from(POLICIES), ITEMS, st.integers(0, 10**6), BENCHMARKS, st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(policy, items, volume, known, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    assert rate(policy, shuffled, volume, benchmarks=known) == rate(policy, items, volume, benchmarks=known)


@given(st.sampled_from(POLICIES), ITEMS, st.integers(0, 10**6))
def test_hitting_a_case_again_counts_nothing_more(policy, items, volume):
    again = [replace(one, evidence_id=f"{one.evidence_id} again") for one in items]
    once, twice = rate(policy, items, volume), rate(policy, items + again, volume)
    for indicator, before, after in zip(policy.indicators, once.lines, twice.lines, strict=True):
        if indicator.measured is not Measured.AMOUNT:
            assert (after.number, after.change_e2) == (before.number, before.change_e2)


@given(st.sampled_from(POLICIES), ITEMS, st.integers(0, 10**6))
def test_the_same_evidence_again_changes_no_point(policy, items, volume):
    once, twice = rate(policy, items, volume), rate(policy, items + items, volume)
    assert (twice.score_e2, twice.grade) == (once.score_e2, once.grade)


@settings(max_examples=300)
@given(st.sampled_from(POLICIES), ITEMS, st.integers(0, 10**6), BENCHMARKS)
def test_the_fast_form_and_the_explained_one_agree(policy, items, volume, known):
    plain = replace(policy, direct_grades=())
    rated = rate(plain, items, volume, benchmarks=known)
    score, place = calculator(plain, known)(volume, quantities_of(plain, items))
    assert (score, plain.grades[place].name) == (rated.score_e2, rated.grade)
    assert plain.floor_e2 <= score <= plain.ceiling_e2


@given(st.sampled_from(POLICIES), ITEMS, st.integers(0, 10**6), BENCHMARKS)
def test_every_point_is_explained_by_a_line(policy, items, volume, known):
    rated = rate(policy, items, volume, benchmarks=known)
    for code, dimension in policy.dimensions.items():
        total = sum(one.change_e2 for one in rated.lines if one.dimension == code)
        assert rated.dimensions_e2[code] == min(max(total, dimension.least_e2), dimension.most_e2)
    for one, indicator in zip(rated.lines, policy.indicators, strict=True):
        assert abs(one.change_e2) <= indicator.limit_e2
        assert set(one.evidence_ids) == {item.evidence_id for item in items if item.metric in indicator.metrics}


def test_the_book_takes_the_narrowest_region_and_the_latest_version():
    later = replace(THOUSAND, version="later", effective_from=date(2026, 1, 1))
    city = replace(THOUSAND, version="city", regions=("3701",))
    book = RatingPolicyBook([NATIONAL, THOUSAND, later, city, HUNDRED])
    assert book.on("110105", date(2025, 12, 31)) is NATIONAL
    assert book.on("370202", date(2025, 12, 31)) is THOUSAND
    assert book.on("370202", date(2026, 1, 1)) is later
    assert book.on("370102", date(2026, 12, 31)) is city
    assert book.on("150102", date(2025, 12, 31)) is NATIONAL
    assert book.on("150102", date(2026, 1, 1)) is HUNDRED
    ended = replace(NATIONAL, effective_until=date(2026, 1, 1))
    assert RatingPolicyBook([ended]).on("", date(2025, 12, 31)) is ended
    for day in (date(2026, 1, 1), date(2024, 12, 31)):
        with pytest.raises(NoPolicyInForceError):
            RatingPolicyBook([ended]).on("110105", day)
    with pytest.raises(NoPolicyInForceError):
        book.version("unknown")


def _changed(path: str, value):
    document = json.loads(json.dumps(DOCUMENTS["national-2025"]))
    *parents, last = path.split("/")
    place = document
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[int(last) if isinstance(place, list) else last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("regions", []),
        ("effective_until", "2025-01-01"),
        ("scale/floor_e2", 10_001),
        ("scale/ceiling_e2", 9_999),
        ("scale/least_volume", 0),
        ("dimensions/fund/least_e2", 1),
        ("dimensions/fund/most_e2", -1),
        ("indicators/0/dimension", "none"),
        ("indicators/0/metrics", []),
        ("indicators/0/per_volume", 0),
        ("indicators/0/code", "penalty"),
        ("indicators/0/judged/steps", [[5, -1], [5, -2]]),
        ("indicators/0/judged/steps", [[-1, -1]]),
        ("indicators/0/judged/limit_e2", 1_499),
        ("indicators/0/judged", {"method": "best", "limit_e2": 0}),
        ("indicators/0/judged", {"method": "middle", "full_e2": 1, "limit_e2": 1, "tolerance_e4": 10_000}),
        ("indicators/0/judged/method", "magic"),
        ("indicators/13/per_volume", 10_000),
        ("grades/0/from_e2", 8_000),
        ("grades/3/from_e2", 1),
        ("grades/1/name", "excellent"),
        ("direct_grades/0/grade", "none"),
        ("repeated_low/grades", ["none"]),
        ("repeated_low/years", 0),
        ("procedure/publicity_days", 0),
        ("procedure/most_grades_up", 0),
        ("procedure/repair_months", -1),
        ("records/tip", {"zh": "", "en": "", "least": 2, "most": 1}),
        ("title", None),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(path, value):
    with pytest.raises(PolicyInvalidError):
        read_rating_policy(_changed(path, value))


@pytest.mark.parametrize(
    ("last", "metric", "grade"),
    [
        # Six clean months: a violation on the last day of June is over, one in July is not.
        (date(2025, 6, 30), "finding:violation", "good"),
        (date(2025, 7, 1), "finding:violation", "good"),
        (date(2025, 7, 2), "finding:violation", "qualified"),
        (date(2025, 12, 31), "sanction:liquidated_damages", "qualified"),
        (date(2025, 12, 31), "finding:suspicion", "good"),
    ],
)
def test_a_grade_rises_only_after_the_cool_down(last, metric, grade):
    found = evidence(metric, on=last)
    # 84 points: good by the score alone.
    down = replace(NATIONAL, base_e2=8_400 - rate(NATIONAL, found, 10_000).score_e2 + NATIONAL.base_e2)
    rated = rate(down, found, 10_000, grade_before="qualified")
    assert (rated.score_e2, rated.grade) == (8_400, grade)
    assert rate(down, found, 10_000, grade_before="excellent").grade == "good"
    assert rate(down, found, 10_000).grade == "good"

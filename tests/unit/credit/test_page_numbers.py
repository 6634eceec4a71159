"""What pages are made of: waterfalls add up, peers stay unnamed, drawings repeat byte for byte."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credit.api.plots.canvas import Words
from services.credit.api.plots.drawings import (
    draw_grades,
    draw_peers,
    draw_score,
    draw_waterfall,
    points,
    signed,
    spark,
)
from services.credit.domain.override import Standing
from services.credit.domain.peer_bins import FEWEST, Bin, peer_bins
from services.credit.domain.rating import Evidence, rate
from services.credit.domain.rating_policy_document import read_rating_policy
from services.credit.domain.text import Text
from services.credit.domain.waterfall import MOST_CHANGES, NamedChange, Waterfall, rating_changes, waterfall

FOLDER = Path(__file__).parents[3] / "services/credit/policies/ratings"
POLICIES = [read_rating_policy(json.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.json"))]
METRICS = sorted({metric for policy in POLICIES for one in policy.indicators for metric in one.metrics})

scores = st.integers(0, 10_000)


@given(scores, st.lists(st.integers(-3_000, 3_000), max_size=20), scores, scores)
def test_a_waterfall_ends_where_the_score_stands(start, changes, computed, holding):
    named = [NamedChange(Text(str(place), ""), change) for place, change in enumerate(changes)]
    shown = waterfall(start, named, Standing(holding, "", computed, "", None))
    assert shown.start_e2 + sum(one.change_e2 for one in shown.changes) == shown.end_e2 == holding
    assert len(shown.changes) <= MOST_CHANGES + 3
    assert all(one.change_e2 for one in shown.changes)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.version)
@given(
    found=st.lists(st.tuples(st.sampled_from(METRICS), st.integers(0, 9_999), st.integers(0, 5)), max_size=40),
    settlements=st.integers(0, 50_000),
)
def test_the_lines_of_a_rating_add_up_to_its_score(policy, found, settlements):
    evidence = [
        Evidence(str(place), metric, quantity, str(case), date(2025, 6, 1))
        for place, (metric, quantity, case) in enumerate(found)
    ]
    rated = rate(policy, evidence, settlements)
    standing = Standing(rated.score_e2, rated.grade, rated.score_e2, rated.grade, None)
    shown = waterfall(rated.base_e2, rating_changes(policy, rated), standing)
    assert shown.start_e2 + sum(one.change_e2 for one in shown.changes) == rated.score_e2


@given(st.lists(scores, max_size=60), scores)
def test_every_bar_holds_enough_peers_and_all_are_counted(peers, own):
    bins = peer_bins(peers, own, 10_000)
    if len(peers) < FEWEST:
        assert bins == ()
        return
    assert sum(one.peers for one in bins) == len(peers)
    assert min(one.peers for one in bins) >= FEWEST
    assert [one.own for one in bins].count(True) == 1
    assert all(lower.to_e2 == upper.from_e2 for lower, upper in pairwise(bins))
    (here,) = [one for one in bins if one.own]
    assert here.from_e2 <= own <= here.to_e2
    assert bins[-1].to_e2 <= 10_000


@pytest.mark.parametrize(
    ("value", "plain", "change"),
    [(10_000, "100", "+100"), (8_950, "89.5", "+89.5"), (-5, "−0.05", "−0.05"), (0, "0", "0")],
)
def test_scores_are_written_as_people_do(value, plain, change):
    assert (points(value), signed(value)) == (plain, change)


def draw_all():
    words = Words("plot", "<标题>", "说明 & more")
    days = tuple((date(2026, 1, 1) + timedelta(days=9 * place), 10_000 - 150 * place) for place in range(20))
    shown = Waterfall(10_000, (NamedChange(Text("<b>疑点$x$</b>", ""), -300), NamedChange(Text("增", ""), 50)), 9_750)
    return [
        draw_score(days, (("优秀", 9_000), ("良好", 8_000), ("合格", 6_000), ("不达标", 0)), words),
        draw_waterfall(shown, ("基准分", "得分"), words),
        draw_peers(
            tuple(Bin(place * 500, place * 500 + 500, 5 + place, place == 2) for place in range(8)), "本", words
        ),
        draw_grades((("优秀", 3), ("良好", 0)), words),
    ]


def test_drawings_repeat_byte_for_byte_keep_text_and_carry_no_style():
    first = draw_all()
    for draw in (draw_score, draw_waterfall, draw_peers, draw_grades):
        draw.cache_clear()
    assert draw_all() == first
    for svg in first:
        assert "style" not in svg
        assert "202" not in svg.partition("<g ")[0]
        texts = ["".join(one.itertext()) for one in ET.fromstring(svg).iter() if one.tag.endswith("}text")]
        assert texts
    said = "".join(ET.fromstring(first[1]).itertext())
    assert "<b>疑点$x$</b>" in said
    assert "−3" in said


def test_a_line_stays_inside_its_box():
    corners = [tuple(map(float, one.split(","))) for one in spark([10_000, 0, 7_000, 10_000], 10_000).split()]
    assert all(1 <= x <= 59 and 1 <= y <= 15 for x, y in corners)
    assert corners[0][1] < corners[2][1] < corners[1][1]

"""The draw: results fixed to the letter, weights that hold, teams that keep the rules."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credit.domain.draw import (
    ALGORITHM,
    Candidate,
    Inspector,
    Lots,
    Selection,
    canonical,
    commitment_of,
    digest,
    draw,
    key_of,
    lots_of,
    without_team,
)

SEED = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
DOCUMENT = {
    "algorithm": ALGORITHM,
    "count": 3,
    "team_size": 2,
    "institutions": [
        {"code": "H11010500001", "weight": 1, "skills": ["clinical", "finance"]},
        {"code": "H11010500002", "weight": 8, "skills": ["clinical", "finance"]},
        {"code": "H11010500003", "weight": 2, "skills": ["clinical", "finance"]},
        {"code": "P11010500001", "weight": 4, "skills": ["pharmacy"]},
        {"code": "P11010500002", "weight": 32, "skills": ["pharmacy"]},
    ],
    "inspectors": [
        {"code": "I001", "skills": ["clinical"]},
        {"code": "I002", "skills": ["clinical", "pharmacy"]},
        {"code": "I003", "skills": ["finance"]},
        {"code": "I004", "skills": ["finance", "pharmacy"]},
        {"code": "I005", "skills": []},
    ],
    "recusals": [{"institution": "P11010500002", "inspector": "I004"}],
}


def lots(weights: dict[str, int], count: int, **fields) -> Lots:
    return Lots(
        **{
            "count": count,
            "team_size": 2,
            "candidates": tuple(Candidate(code, weight, ()) for code, weight in weights.items()),
            "inspectors": (Inspector("I1", frozenset()), Inspector("I2", frozenset())),
            "recusals": frozenset(),
            **fields,
        }
    )


def test_the_same_list_seed_and_value_give_this_result_for_ever() -> None:
    list_hash = digest(canonical(DOCUMENT))
    assert list_hash == "c5f29715d918235af49242ab4b61e41cbf9d6c1792b3e1f8c05199792cd0cb43"
    assert commitment_of(SEED) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    key = key_of(list_hash, SEED, "02 09 14 21 27 33 + 05")
    assert key == "f5862c2dcf749c75bd5e6eecb2c0caf095b6371c6daa46a607d301cbe763cb2a"
    assert draw(lots_of(DOCUMENT), key) == [
        Selection("P11010500002", ("I002", "I005")),
        Selection("H11010500002", ("I001", "I004")),
        Selection("H11010500003", ("I002", "I003")),
    ]


@pytest.mark.parametrize("changed", ["list", "seed", "value"])
def test_each_of_list_seed_and_public_value_changes_the_key(changed) -> None:
    parts = {"list": "a" * 64, "seed": SEED, "value": "12345"}
    before = key_of(parts["list"], parts["seed"], parts["value"])
    parts[changed] = parts[changed][:-1] + "0"
    assert key_of(parts["list"], parts["seed"], parts["value"]) != before


def test_the_order_of_the_list_does_not_matter() -> None:
    turned = {**DOCUMENT, "institutions": DOCUMENT["institutions"][::-1], "inspectors": DOCUMENT["inspectors"][::-1]}
    assert draw(lots_of(turned), "k") == draw(lots_of(DOCUMENT), "k")


def test_who_has_eight_tickets_is_drawn_first_eight_times_as_often_as_who_has_one() -> None:
    weights = {"A": 1, "B": 2, "C": 4, "D": 8}
    rounds = 6_000
    first = Counter(draw(lots(weights, 1), digest(str(number)))[0].institution_code for number in range(rounds))
    expected = {code: rounds * weight / 15 for code, weight in weights.items()}
    # Chi-squared with three degrees of freedom; keys are fixed, so this never wavers. 16.27 is the 0.1 % quantile.
    assert sum((first[code] - expected[code]) ** 2 / expected[code] for code in weights) < 16.27


def test_the_second_rank_follows_weighted_sampling_without_replacement() -> None:
    weights = {"A": 1, "B": 3, "C": 6}
    rounds = 6_000
    pairs = Counter(
        tuple(one.institution_code for one in draw(lots(weights, 2), digest(f"second {number}")))
        for number in range(rounds)
    )
    total = sum(weights.values())
    chi = 0.0
    for one, weight in weights.items():
        for other in weights.keys() - {one}:
            expected = rounds * weight / total * weights[other] / (total - weight)
            chi += (pairs[one, other] - expected) ** 2 / expected
    assert chi < 20.52  # five degrees of freedom, 0.1 %


def test_inspectors_share_the_work_evenly_and_meet_by_lot() -> None:
    inspectors = tuple(Inspector(f"I{number}", frozenset()) for number in range(6))
    weights = {f"H{number}": 1 for number in range(30)}
    loads = Counter(
        code for one in draw(lots(weights, 30, inspectors=inspectors), "key") for code in one.inspector_codes
    )
    assert set(loads.values()) == {10}
    teams = {frozenset(one.inspector_codes) for one in draw(lots(weights, 30, inspectors=inspectors), "key")}
    assert len(teams) > 5


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sets(st.sampled_from("abc"), max_size=2)), min_size=1, max_size=8),
    st.lists(st.sets(st.sampled_from("abc")), max_size=7),
    st.data(),
)
def test_every_team_is_large_enough_skilled_and_free_of_conflicts(institutions, skills, data) -> None:
    candidates = tuple(
        Candidate(f"H{number}", weight, tuple(sorted(wanted))) for number, (weight, wanted) in enumerate(institutions)
    )
    inspectors = tuple(Inspector(f"I{number}", frozenset(held)) for number, held in enumerate(skills))
    pairs = [(one.code, other.code) for one in candidates for other in inspectors]
    recusals = frozenset(data.draw(st.sets(st.sampled_from(pairs), max_size=6)) if pairs else ())
    drawn = Lots(len(candidates), 2, candidates, inspectors, recusals)
    if without_team(drawn):
        return
    held = {one.code: one.skills for one in inspectors}
    wanted = {one.code: set(one.skills) for one in candidates}
    result = draw(drawn, data.draw(st.text(max_size=5)))
    assert sorted(one.institution_code for one in result) == sorted(wanted)
    for one in result:
        assert len(set(one.inspector_codes)) == len(one.inspector_codes) >= 2
        assert wanted[one.institution_code] <= set().union(*(held[code] for code in one.inspector_codes))
        assert all((one.institution_code, code) not in recusals for code in one.inspector_codes)


@given(
    st.dictionaries(st.text("ABCDEF", min_size=1, max_size=3), st.integers(1, 20), min_size=2, max_size=12),
    st.integers(1, 12),
    st.text(max_size=8),
)
def test_drawing_one_more_adds_one_and_changes_nothing_before_it(weights, count, key) -> None:
    shorter, longer = (draw(lots(weights, number), key) for number in (count, count + 1))
    assert longer[: len(shorter)] == shorter
    assert len(longer) == min(count + 1, len(weights))


@given(st.dictionaries(st.text("ABCDEF", min_size=1, max_size=3), st.integers(1, 20), min_size=2, max_size=8))
def test_one_ticket_more_never_moves_an_institution_back(weights) -> None:
    code = min(weights)
    places = [
        [one.institution_code for one in draw(lots({**weights, code: weight}, len(weights)), "key")].index(code)
        for weight in range(1, 12)
    ]
    assert all(later <= earlier for earlier, later in pairwise(places))


def test_a_candidate_nobody_may_inspect_is_named_before_the_draw() -> None:
    document = {
        **DOCUMENT,
        "recusals": [{"institution": "H11010500003", "inspector": code} for code in ("I003", "I004")],
    }
    assert without_team(lots_of(document)) == ["H11010500003"]
    assert without_team(lots_of(DOCUMENT)) == []


def test_a_team_grows_beyond_two_when_skills_need_a_third() -> None:
    drawn = Lots(
        1,
        2,
        (Candidate("H", 1, ("a", "b", "c")),),
        tuple(Inspector(f"I{skill}", frozenset(skill)) for skill in "abc"),
        frozenset(),
    )
    assert draw(drawn, "key") == [Selection("H", ("Ia", "Ib", "Ic"))]

"""Points of one violation at every edge of every band."""

import pytest

from services.credit.domain.band import BandPoints, Modifier, ModifierReach, points_of

DEGREES = ("general", "important", "principal")


@pytest.mark.parametrize(("band", "expected"), [(1, (1, 2, 3)), (2, (4, 5, 6)), (3, (7, 8, 9)), (4, (10, 11, 12))])
def test_the_degree_of_responsibility_chooses_low_middle_or_high_in_the_band(policy, band, expected):
    assert tuple(points_of(policy.points, band, degree).points for degree in DEGREES) == expected


@pytest.mark.parametrize(("band", "expected"), [(2, BandPoints(1, 2)), (3, BandPoints(2, 5)), (4, BandPoints(3, 8))])
def test_mitigation_takes_off_one_band(policy, band, expected):
    assert points_of(policy.points, band, "important", Modifier.MITIGATED) == expected


@pytest.mark.parametrize(("band", "expected"), [(1, BandPoints(2, 5)), (2, BandPoints(3, 8)), (3, BandPoints(4, 11))])
def test_aggravation_puts_on_one_band(policy, band, expected):
    assert points_of(policy.points, band, "important", Modifier.AGGRAVATED) == expected


@pytest.mark.parametrize(("degree", "points"), [("general", 1), ("important", 1), ("principal", 2)])
def test_below_the_lowest_band_mitigation_moves_inside_it(policy, degree, points):
    assert points_of(policy.points, 1, degree, Modifier.MITIGATED) == BandPoints(1, points)


@pytest.mark.parametrize(("degree", "points"), [("general", 11), ("important", 12), ("principal", 12)])
def test_above_the_highest_band_aggravation_moves_inside_it(policy, degree, points):
    assert points_of(policy.points, 4, degree, Modifier.AGGRAVATED) == BandPoints(4, points)


@pytest.mark.parametrize(
    ("degree", "modifier", "points"),
    [
        ("general", Modifier.MITIGATED, 4),
        ("important", Modifier.MITIGATED, 4),
        ("principal", Modifier.MITIGATED, 5),
        ("general", Modifier.AGGRAVATED, 5),
        ("important", Modifier.AGGRAVATED, 6),
        ("principal", Modifier.AGGRAVATED, 6),
    ],
)
def test_a_circumstance_inside_the_band_never_leaves_it(policy, degree, modifier, points):
    assert points_of(policy.points, 2, degree, modifier, ModifierReach.INSIDE_BAND) == BandPoints(2, points)

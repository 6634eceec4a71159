"""The policy document: what the bundled one says, and what is refused."""

from datetime import date
from typing import Any

import pytest

from services.credit.domain.errors import NoPolicyInForceError, PolicyInvalidError
from services.credit.domain.policy import PolicyBook
from services.credit.domain.policy_document import read_policy


def test_the_national_policy_has_the_figures_of_the_national_rules(policy):
    points = policy.points
    assert points.bands == ((1, 3), (4, 6), (7, 9), (10, 12))
    assert (points.suspend_from, points.terminate_from) == (9, 12)
    assert (points.ban_years_accumulated, points.ban_years_at_once) == (1, 3)
    assert points.months_by_points == {9: 1, 10: 3, 11: 6}
    assert {code: kind.bands for code, kind in points.kinds.items()} == {
        "liquidated_damages": {1},
        "agreement_action": {1},
        "volume_procurement_notice": {1},
        "penalty_article_38": {2},
        "penalty_article_39": {2},
        "impersonation": {3},
        "penalty_article_40": {4},
        "registration_cancelled": {4},
    }


def test_every_kind_of_sanction_has_a_cause_in_its_band(policy):
    for kind in policy.points.kinds.values():
        cause = "other_band_1" if kind.code == "agreement_action" else kind.code
        assert policy.points.causes[cause].band in kind.bands


def test_every_number_of_the_national_policy_names_its_article(document):
    practitioner = document["practitioner"]
    for part in ("bands", "degrees", "modifiers", "covered", "suspension", "termination", "agreement"):
        assert practitioner[part]["article"]
    for entry in (*practitioner["causes"].values(), *practitioner["kinds"].values()):
        assert entry["article"]
    assert practitioner["suspension"]["months_verified"] is False
    assert document["institution"]["verified"] is False


def _set(document: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split(".")
    for name in parents:
        document = document[name]
    document[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("practitioner.bands.ranges", [[1, 3], [5, 6]]),
        ("practitioner.bands.ranges", [[0, 3], [4, 6], [7, 9], [10, 12]]),
        ("practitioner.bands.ranges", [[1, 2], [3, 6], [7, 9], [10, 12]]),
        ("practitioner.suspension.months_by_points", {"9": 1, "10": 3}),
        ("practitioner.suspension.months_by_points", {"9": 1, "10": 3, "11": 7}),
        ("practitioner.suspension.months_by_points", {"9": 0, "10": 3, "11": 6}),
        ("practitioner.termination.ban_years_at_once", 0),
        ("practitioner.termination.at_once_within", "day"),
        ("practitioner.causes.impersonation.band", 5),
        ("practitioner.kinds.impersonation.bands", []),
        ("institution.tip_deductions", [{"from_fen": 1, "deduct_e2": 1}]),
        ("institution.tip_deductions", [{"from_fen": 0, "deduct_e2": -1}]),
        ("institution.finding_deductions.violation", []),
        ("institution.tiers", []),
        ("effective_from", "yesterday"),
        ("title", None),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(document, path, value):
    _set(document, path, value)
    with pytest.raises(PolicyInvalidError):
        read_policy(document)


def test_a_policy_that_lacks_a_part_is_refused(document):
    del document["institution"]["tiers"]
    with pytest.raises(PolicyInvalidError):
        read_policy(document)


def test_the_policy_in_force_is_the_one_that_started_last_and_has_not_ended(document, policy):
    document["version"], document["effective_from"], document["effective_until"] = "trial", "2026-03-01", "2026-06-01"
    book = PolicyBook([policy, read_policy(document)])
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1)]
    assert [book.on(day).version for day in days] == ["national-2024", "trial", "trial", "national-2024"]


def test_before_the_first_policy_there_is_none(book):
    assert book.on(date(2025, 1, 1)).version == "national-2024"
    with pytest.raises(NoPolicyInForceError):
        book.on(date(2024, 12, 31))


def test_a_version_that_is_not_installed_is_said_to_be_missing(book):
    with pytest.raises(NoPolicyInForceError):
        book.version("province-1999")

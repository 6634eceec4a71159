"""Two regions have a part in a settlement: one pays, the other supervises."""

import pytest

from services.intake.domain.jurisdiction import covers, jurisdiction


@pytest.mark.parametrize(
    ("treatment", "insured", "crosses"),
    [
        ("110105", "110105", False),
        ("430102", "430100", False),
        ("430100", "430102", False),
        ("430102", "430103", True),
        ("110105", "430100", True),
    ],
)
def test_care_is_away_where_neither_region_lies_in_the_other(treatment, insured, crosses) -> None:
    judged = jurisdiction(treatment_region=treatment, insured_region=insured)
    assert (judged.paying, judged.supervising, judged.crosses) == (insured, treatment, crosses)


@pytest.mark.parametrize(
    ("region", "other", "held"),
    [
        ("430000", "430102", True),
        ("430100", "430102", True),
        ("430102", "430102", True),
        ("430102", "430100", False),
        ("430100", "430202", False),
        ("43", "430102", True),
        ("100000", "110105", False),
    ],
)
def test_a_region_covers_what_lies_in_it(region, other, held) -> None:
    assert covers(region, other) is held


def test_a_settlement_concerns_both_its_regions_and_those_above_them() -> None:
    judged = jurisdiction(treatment_region="110105", insured_region="430102")
    assert [region for region in ("110000", "430100", "430103", "120000") if judged.concerns(region)] == [
        "110000",
        "430100",
    ]

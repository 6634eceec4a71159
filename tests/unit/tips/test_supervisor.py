"""Appointments of social supervisors hold from their first to their last day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.tips.domain.errors import TipRuleError
from services.tips.domain.supervisor import Supervisor, acting, end, require_appointable

APPOINTED = Supervisor(
    id=UUID(int=1),
    subject="wei",
    certificate="JD-001",
    region="440100",
    term_from=date(2026, 1, 1),
    term_until=date(2027, 12, 31),
    appointed_by="li",
    appointed_at=datetime(2025, 12, 20, tzinfo=UTC),
)


def test_a_term_includes_its_first_and_its_last_day():
    acts = [APPOINTED.acts_on(date(*day)) for day in ((2025, 12, 31), (2026, 1, 1), (2027, 12, 31), (2028, 1, 1))]
    assert acts == [False, True, True, False]


def test_an_ended_appointment_holds_no_more_on_the_day_it_ends():
    ended = end(APPOINTED, by="li", today=date(2026, 5, 4))
    assert ended.acts_on(date(2026, 5, 3))
    assert not ended.acts_on(date(2026, 5, 4))
    assert end(ended, by="wang", today=date(2026, 6, 1)) is ended
    with pytest.raises(TipRuleError, match="no_appointment"):
        acting([ended], date(2026, 5, 4))
    assert acting([ended, APPOINTED], date(2026, 5, 4)) is APPOINTED


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appointed_by": "wei"}, "own_appointment"),
        ({"term_until": date(2025, 12, 31)}, "wrong_term"),
        ({"term_until": date(2032, 1, 1)}, "wrong_term"),
    ],
)
def test_an_appointment_that_cannot_be_is_refused(change, code):
    with pytest.raises(TipRuleError, match=code):
        require_appointable(replace(APPOINTED, **change), [])


def test_terms_of_one_person_do_not_overlap():
    next_term = replace(APPOINTED, id=UUID(int=2), term_from=date(2027, 12, 31), term_until=date(2028, 12, 31))
    with pytest.raises(TipRuleError, match="terms_overlap"):
        require_appointable(next_term, [APPOINTED])
    require_appointable(replace(next_term, term_from=date(2028, 1, 1)), [APPOINTED])
    require_appointable(next_term, [end(APPOINTED, by="li", today=date(2026, 5, 4))])

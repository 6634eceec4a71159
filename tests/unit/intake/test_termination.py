"""A termination in the registry ends by a new registration, not with its ban."""

from datetime import UTC, datetime, timedelta

from services.intake.domain.registry import Measure, standing_at
from services.kit.ids import new_id

START = datetime(2026, 3, 10, 2, tzinfo=UTC)
BAN_END = datetime(2029, 3, 10, 2, tzinfo=UTC)


def test_a_termination_holds_beyond_its_ban_until_credit_states_its_end():
    measure = Measure(new_id(), "D110105000001", "terminated", START, BAN_END)
    later = BAN_END + timedelta(days=400)
    assert standing_at([measure], later).state == "terminated"
    ended = measure._replace(ended_from=later)
    assert standing_at([ended], later - timedelta(microseconds=1)).state == "terminated"
    assert standing_at([ended], later).state == "eligible"


def test_a_suspension_ends_by_itself():
    measure = Measure(new_id(), "D110105000001", "suspended", START, BAN_END)
    assert standing_at([measure], BAN_END).state == "eligible"

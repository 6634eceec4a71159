"""Whatever happens to a ledger, countering is forgetting, and an obvious reference agrees with the fold."""

import calendar
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.credit.domain.ledger import PointsEntry, standing_entries, year_total
from services.credit.domain.measure import measures
from services.credit.domain.policy import PolicyBook
from services.credit.domain.policy_document import read_policy
from services.credit.domain.standing import standing
from services.kit.ids import new_id

CODE = "D110105000001"
START = datetime(2026, 10, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
BOOK = PolicyBook(
    [read_policy(json.loads((Path(__file__).parents[3] / "services/credit/policies/national-2024.json").read_text()))]
)


@dataclass
class Decision:
    """One sanction's points for the person: when, and which of its violations fall later."""

    day: int
    points: list[int]
    fall: list[bool]


DECISIONS = st.lists(
    st.integers(1, 3).flatmap(
        lambda size: st.builds(
            Decision,
            day=st.integers(0, 500),
            points=st.lists(st.integers(1, 12), min_size=size, max_size=size),
            fall=st.lists(st.booleans(), min_size=size, max_size=size),
        )
    ),
    max_size=8,
).map(lambda decisions: sorted(decisions, key=lambda decision: decision.day))


def entries_of(decisions: list[Decision]) -> tuple[list[PointsEntry], list[PointsEntry]]:
    """Return original entries in order, and a counter-entry for each that falls."""
    originals, counters = [], []
    for decision in decisions:
        instant, sanction = START + timedelta(days=decision.day), new_id()
        for number, (points, falls) in enumerate(zip(decision.points, decision.fall, strict=True), start=1):
            entry = PointsEntry(
                entry_id=new_id(),
                practitioner_code=CODE,
                sanction_id=sanction,
                violation_number=number,
                institution_code="H11010500001",
                decided_on=instant.astimezone(SHANGHAI).date(),
                recorded_at=instant,
                points=points,
                band=1,
                band_cause="other_band_1",
                degree="general",
                modifier="none",
                finding_ids=(new_id(),),
                policy_version="national-2024",
            )
            originals.append(entry)
            if falls:
                end = START + timedelta(days=600)
                counters.append(
                    replace(entry, entry_id=new_id(), points=-points, recorded_at=end, counters_entry_id=entry.entry_id)
                )
    return originals, counters


def reference_status(decisions: list[Decision], at: datetime) -> str:
    """Judge day by day as a clerk would: read the decisions up to the instant, remember what runs."""
    totals: dict[int, int] = {}
    terminated, suspended_until = False, datetime.min.replace(tzinfo=UTC)
    for decision in decisions:
        instant = START + timedelta(days=decision.day)
        if instant > at:
            break
        points = [one for one, falls in zip(decision.points, decision.fall, strict=True) if not falls]
        if not points:
            continue
        year = instant.astimezone(SHANGHAI).year
        totals[year] = totals.get(year, 0) + sum(points)
        if totals[year] >= 12:
            terminated = True
        elif totals[year] >= 9:
            months = {9: 1, 10: 3, 11: 6}[totals[year]]
            suspended_until = max(suspended_until, clerk_months(instant, months))
    if terminated:
        return "terminated"
    return "suspended" if at < suspended_until else "eligible"


def clerk_months(instant: datetime, months: int) -> datetime:
    """Turn the page of the wall calendar month by month."""
    local = instant.astimezone(SHANGHAI)
    year, month = local.year, local.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return local.replace(year=year, month=month, day=min(local.day, calendar.monthrange(year, month)[1]))


@given(DECISIONS)
def test_a_ledger_with_counter_entries_equals_one_in_which_the_countered_were_never_made(decisions):
    originals, counters = entries_of(decisions)
    ledger = [*originals, *counters]
    kept = [entry for entry in originals if entry.entry_id not in {one.counters_entry_id for one in counters}]
    assert standing_entries(ledger) == kept
    assert measures(ledger, BOOK) == measures(kept, BOOK)
    for year in (2026, 2027, 2028):
        assert year_total(ledger, year) == year_total(kept, year)


@given(DECISIONS, st.randoms())
def test_the_order_in_which_counter_entries_arrive_does_not_matter(decisions, random):
    originals, counters = entries_of(decisions)
    shuffled = list(counters)
    random.shuffle(shuffled)
    assert measures([*originals, *shuffled], BOOK) == measures([*originals, *counters], BOOK)


@given(DECISIONS, st.integers(0, 900))
def test_the_status_is_what_a_clerk_with_the_papers_would_say(decisions, day):
    originals, counters = entries_of(decisions)
    at = START + timedelta(days=day, hours=1)
    found = standing(CODE, [*originals, *counters], at, BOOK)
    assert found.eligibility.status == reference_status(decisions, at)


@given(DECISIONS, st.integers(0, 500))
def test_later_entries_never_change_what_was_known_at_an_earlier_instant(decisions, day):
    originals, counters = entries_of(decisions)
    then = START + timedelta(days=day, hours=1)
    early = [entry for entry in originals if entry.recorded_at <= then]
    assert standing(CODE, [*originals, *counters], then, BOOK, known=then) == standing(CODE, early, then, BOOK)

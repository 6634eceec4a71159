"""What a completed measure of repair (记分修复) still takes back within its caps."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.credit.domain.calendar import add_months, business_date
from services.credit.domain.ledger import PointsEntry, repaired_points, standing_entries
from services.credit.domain.measure import Measure, MeasureKind
from services.credit.domain.policy_document import SUSPENSION_MONTHS
from services.credit.domain.procedure_policy import RepairMeasure, RepairPolicy
from services.credit.domain.term_change import TermChange, TermChangeKind


def repairable_points(
    policy: RepairPolicy, measure: RepairMeasure, entry: PointsEntry, ledger: Sequence[PointsEntry]
) -> int:
    """Return the points one completed measure takes off an entry; 0 when nothing is left.

    The entry's own points, the measure's cap and the year's cap each leave so much. Repairs that fell with their entry
    no longer count against the caps.
    """
    repairs = [one for one in standing_entries(ledger) if one.repairs_entry_id is not None and one.year == entry.year]
    by_measure = -sum(one.points for one in repairs if one.band_cause == measure.code)
    left = (
        measure.points,
        entry.points - repaired_points(ledger, entry.entry_id),
        measure.most_points_a_year - by_measure,
        policy.most_points_a_year + sum(one.points for one in repairs),
    )
    return max(0, min(left))


def shortened_end(
    policy: RepairPolicy, measure: RepairMeasure, target: Measure, changes: Sequence[TermChange], now: datetime
) -> tuple[datetime, int]:
    """Return the new end of a running suspension or ban, and the days it becomes shorter; 0 when nothing is left.

    The days of one calendar year have a cap, the new end never lies in the past, and a suspension keeps the month the
    national rules ask for at least (医保办发〔2024〕34号 Art. 29).
    """
    year = business_date(now).year
    used = sum(
        change.days
        for change in changes
        if change.kind is TermChangeKind.SHORTENED and business_date(change.recorded_at).year == year
    )
    earliest = now
    if target.kind is MeasureKind.SUSPENSION:
        earliest = max(now, add_months(target.effective_from, SUSPENSION_MONTHS.start))
    days = min(measure.shorten_days, policy.most_days_a_year - used, (target.effective_until - earliest).days)
    days = max(0, days)
    return target.effective_until - timedelta(days=days), days


def in_repair_year(entry: PointsEntry, today: date) -> bool:
    """Tell whether the entry's points still count; those of a year that is over are gone by themselves."""
    return entry.year == today.year

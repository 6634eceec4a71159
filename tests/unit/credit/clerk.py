"""The slow and obvious reference: a clerk who keeps every paper and judges a person anew from all of them."""

import calendar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHS = {"old": {9: 1, 10: 3, 11: 6}, "new": {8: 1, 9: 2, 10: 4, 11: 5}}
"""Step tables of the two versions of the test."""
POINTS_A_YEAR, DAYS_A_YEAR, OF_ONE_MEASURE = 3, 30, 2
REWARD = {"training": 1, "examination": 1, "insurance_management": 2, "active_correction": 2}
NEVER = datetime(9999, 1, 1, tzinfo=SHANGHAI)


def months_later(instant: datetime, months: int) -> datetime:
    """Turn the page of the wall calendar month by month."""
    local = instant.astimezone(SHANGHAI)
    year, month = local.year, local.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return local.replace(year=year, month=month, day=min(local.day, calendar.monthrange(year, month)[1]))


@dataclass
class Paper:
    """One decision against a person: its violations, each with points and the findings under it."""

    at: datetime
    year: int
    version: str
    violations: list[tuple[int, set[int]]]
    received: int
    """Number of the stamp it got when it came in."""
    struck: set[int] = field(default_factory=set)
    """Violations that an objection or an annulment struck out."""


@dataclass
class Easing:
    """One granted repair of points."""

    at: datetime
    paper: int
    violation: int
    measure: str
    points: int
    received: int


@dataclass
class Judgement:
    """One measure as the clerk sees it."""

    paper: int
    terminated: bool
    begin: datetime
    until: datetime
    end: datetime = NEVER


class Clerk:
    """Keeps the papers of one person."""

    def __init__(self) -> None:
        self.papers: list[Paper] = []
        self.fallen: set[int] = set()
        self.easings: list[Easing] = []
        self.shortenings: list[tuple[datetime, int, datetime, int]] = []
        self.registrations: list[datetime] = []

    def stands(self, paper: int, violation: int) -> bool:
        """Tell whether a violation still has a ground."""
        if violation in self.papers[paper].struck:
            return False
        return not self.papers[paper].violations[violation][1] <= self.fallen

    def standing_easings(self, year: int) -> list[Easing]:
        return [
            one for one in self.easings if self.papers[one.paper].year == year and self.stands(one.paper, one.violation)
        ]

    def points(self, at: datetime) -> int:
        """Add up the year's points by hand."""
        year = at.astimezone(SHANGHAI).year
        total = 0
        for number, paper in enumerate(self.papers):
            if paper.year == year and paper.at <= at:
                total += sum(points for place, (points, _) in enumerate(paper.violations) if self.stands(number, place))
        return total - sum(one.points for one in self.standing_easings(year) if one.at <= at)

    def reward(self, paper: int, violation: int, measure: str) -> int:
        """Say how many points a completed measure still repairs."""
        year = self.papers[paper].year
        granted = self.standing_easings(year)
        left = self.papers[paper].violations[violation][0]
        left -= sum(one.points for one in granted if (one.paper, one.violation) == (paper, violation))
        of_measure = sum(one.points for one in granted if one.measure == measure)
        of_year = sum(one.points for one in granted)
        return max(0, min(REWARD[measure], left, OF_ONE_MEASURE - of_measure, POINTS_A_YEAR - of_year))

    def shortening(self, judgement: Judgement, now: datetime) -> int:
        """Say by how many days a term still becomes shorter."""
        year = now.astimezone(SHANGHAI).year
        used = sum(days for at, _, _, days in self.shortenings if at.astimezone(SHANGHAI).year == year)
        least = now if judgement.terminated else max(now, months_later(judgement.begin, 1))
        days = 0
        while days < 15 and days < DAYS_A_YEAR - used and judgement.until - timedelta(days=days + 1) >= least:
            days += 1
        return days

    def judgements(self) -> list[Judgement]:
        """Go through everything in the order it came and write down what followed."""
        happened = [(paper.received, 0, number) for number, paper in enumerate(self.papers)]
        happened += [(one.received, 1, number) for number, one in enumerate(self.easings)]
        totals: dict[int, int] = {}
        found: list[Judgement] = []
        for _, kind, number in sorted(happened):
            if kind == 1:
                one = self.easings[number]
                if self.stands(one.paper, one.violation):
                    totals[self.papers[one.paper].year] -= one.points
                continue
            paper = self.papers[number]
            scored = [points for place, (points, _) in enumerate(paper.violations) if self.stands(number, place)]
            if not scored:
                continue
            totals[paper.year] = total = totals.get(paper.year, 0) + sum(scored)
            if total >= 12:
                barred = any(
                    one.terminated and self.papers[one.paper].year == paper.year and one.begin <= paper.at < one.end
                    for one in found
                )
                if max(scored) >= 12:
                    found.append(self._judge(number, months=36, terminated=True))
                elif not barred:
                    found.append(self._judge(number, months=12, terminated=True))
            elif total in MONTHS[paper.version]:
                found.append(self._judge(number, months=MONTHS[paper.version][total], terminated=False))
        return found

    def _judge(self, number: int, *, months: int, terminated: bool) -> Judgement:
        begin = self.papers[number].at
        until = months_later(begin, months)
        for _, paper, end, _ in self.shortenings:
            if paper == number:
                until = min(until, end)
        if not terminated:
            return Judgement(number, terminated, begin, until, until)
        again = [at for at in self.registrations if at >= until]
        return Judgement(number, terminated, begin, until, min(again) if again else NEVER)

    def status(self, at: datetime) -> str:
        """Say what the person's registration status was at an instant."""
        running = [one for one in self.judgements() if one.begin <= at < one.end]
        if any(one.terminated for one in running):
            return "terminated"
        return "suspended" if running else "eligible"

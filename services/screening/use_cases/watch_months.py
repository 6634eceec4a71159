"""Watch closed months: indicators among peers, patterns across patients, growth, stock; they raise signals only."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from services.contracts.intake import StockMoved
from services.kit import inbox
from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database, driver
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.screening import telemetry
from services.screening.domain.gatherings import EarlierStay, together
from services.screening.domain.indicators import READMISSION_DAYS, Standing, Sums, standing, value
from services.screening.domain.institution_growth import Totals, institution_growth
from services.screening.domain.pattern import Pattern
from services.screening.domain.patterns import Watch, growth, stock_gaps
from services.screening.domain.rules import Rule, Rulebook
from services.screening.domain.signal_limits import DEFAULT_LIMITS, SignalLimits
from services.screening.storage import claims, filed_lists, history, signals
from services.screening.storage.signals import Balance, Raised
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.homes import homes_of

CHUNK = 1_000

MONTHS_BEFORE = 3
"""Months whose average growth is measured against."""

_INSTANT = timedelta(microseconds=1)


class KeepStock:
    """Keeps what institutions report of their stock, for the balance of the month."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, events: Sequence[Event[StockMoved]]) -> None:
        """Keep a run of movements."""
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            await signals.keep_movements(session, [event.data for event in claimed])


class WatchMonths:
    """Watches the last closed month, and again when claims of it came late."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        current_plan: CurrentPlan,
        *,
        limits: SignalLimits = DEFAULT_LIMITS,
        monitored: tuple[str, ...] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan
        self._limits = limits
        self._monitored = monitored

    async def __call__(self) -> None:
        """Watch the month before this one unless nothing is new."""
        today = business_date(self._clock.now())
        await self.watch((today.replace(day=1) - timedelta(days=1)).replace(day=1))

    async def watch(self, month: date) -> bool:
        """Watch one month, given by its first day; False when nothing was new."""
        begin, end = _begin(month), _begin(_next(month))
        async with self._database.reading() as session:
            known = await signals.watched_claims(session, month)
            there = await claims.count(await driver(session), begin, end)
        if there in {0, known}:
            return False
        async with self._database.transaction() as session:
            rulebook = (await self._current_plan(session)).rulebook
        sums, watch, totals, levels = await self._stream(begin, end)
        earlier = await self._earlier(watch, month)
        before = [_months_before(month, number) for number in range(1, MONTHS_BEFORE + 1)]
        now = self._clock.now()
        async with self._database.transaction() as session:
            found = list(watch.patterns(earlier))
            usual = await signals.items_of(session, before)
            found += growth(watch.items, usual, await signals.months_watched(session, before), self._limits)
            found += institution_growth(totals.amounts, await signals.usual_of(session, before), levels, self._limits)
            standings, outlying = _judge(rulebook, sums, levels)
            available = await signals.balances(session, begin, end)
            raised = [Raised(new_id(), one, None) for one in found] + _stock(rulebook, watch, available) + outlying
            await signals.replace_month(
                session,
                month,
                raised=raised,
                standings=standings,
                items=watch.items,
                totals=totals.amounts,
                claims=there,
                now=now,
            )
        for one in raised:
            telemetry.signals.add(1, {"kind": one.pattern.kind})
        return True

    async def _stream(
        self, begin: datetime, end: datetime
    ) -> tuple[dict[str, Sums], Watch, Totals, dict[str, tuple[str, int]]]:
        sums: dict[str, Sums] = defaultdict(Sums)
        levels: dict[str, tuple[str, int]] = {}
        watch = Watch(self._limits)
        totals = Totals(self._limits.high_value_fen, self._monitored)
        after = begin - _INSTANT
        while True:
            started = time.monotonic()
            async with self._database.reading() as session:
                connection = await driver(session)
                chunk = await claims.after(connection, after, end, limit=CHUNK)
                stays = [claim for claim in chunk if claim.care_setting == "inpatient"]
                filed = await filed_lists.read(connection, [claim.settlement_ref for claim in stays])
                returned = await history.stays_before(connection, stays, READMISSION_DAYS)
                homes = await homes_of(session, stays)
            if not chunk:
                return sums, watch, totals, levels
            lists = {one.settlement_ref: one for one in filed}
            for claim in chunk:
                code = claim.institution.code
                levels[code] = claim.institution.kind, claim.institution.level
                own = sums[code]
                own.add(claim, lists.get(claim.settlement_ref))
                own.readmissions += claim.settlement_ref in returned
                watch.add(claim)
                totals.add(claim)
                if (home := homes.get(claim.settlement_ref)) is not None:
                    watch.add_stay(claim, home.residence_code, home.household_ref)
            after = chunk[-1].settled_at
            # Half of the time belongs to live screening.
            await asyncio.sleep(time.monotonic() - started)

    async def _earlier(self, watch: Watch, month: date) -> list[EarlierStay]:
        """Return what the months before hold of persons whose household stays together in this one."""
        persons = {one.insured_ref for stays in together(watch.stays).values() for one in stays}
        months = self._limits.household_look_back_months - 1
        if not persons or months < 1:
            return []
        since = _begin(_months_before(month, months))
        async with self._database.reading() as session:
            return await history.earlier_stays(await driver(session), persons, since, _begin(month))


def _stock(rulebook: Rulebook, watch: Watch, available: Sequence[Balance]) -> list[Raised]:
    """Hold what was settled against what was there, by the rule for the kind of item."""
    raised: list[Raised] = []
    for rule in rulebook.rules:
        if rule.kind == "stock_balance":
            kinds = rule.parameters.texts("item_kinds")
            there = {
                (one.institution_code, one.item_code): one.available_e4
                for one in available
                if ("consumable" if one.item_code.startswith("C") else "drug") in kinds
            }
            gaps = stock_gaps(watch.quantities, there, rule.parameters.integer("tolerance_percent", 0))
            raised += [Raised(new_id(), gap, rule.code) for gap in gaps]
    return raised


def _judge(
    rulebook: Rulebook, sums: dict[str, Sums], levels: dict[str, tuple[str, int]]
) -> tuple[dict[tuple[str, str], Standing], list[Raised]]:
    """Place every institution's indicators among its peers; those that stand out become signals."""
    standings: dict[tuple[str, str], Standing] = {}
    raised: list[Raised] = []
    groups: dict[tuple[str, int], list[str]] = defaultdict(list)
    for code, group in levels.items():
        groups[group].append(code)
    for rule in rulebook.rules:
        if rule.kind != "indicator":
            continue
        measure = rule.parameters.text("measure")
        for codes in groups.values():
            values = {code: own for code in codes if (own := value(measure, sums[code])) is not None}
            for code, own in values.items():
                placed = standing(own, list(values.values()))
                standings[code, measure] = placed
                if placed.outlying:
                    raised.append(Raised(new_id(), _outlying(rule, code, placed), rule.code))
    return standings, raised


def _outlying(rule: Rule, code: str, placed: Standing) -> Pattern:
    own, middle = f"{placed.value:.1%}", f"{placed.median:.1%}"
    return Pattern(
        "indicator",
        f"{code}|{rule.parameters.text('measure')}",
        code,
        None,
        round(placed.value * 10_000),
        round(placed.high * 10_000),
        (),
        f"{rule.name_zh}为{own}，同类{placed.peers}家机构中位数{middle}，明显偏高。",
        f"{rule.name_en}: {own}, the median of {placed.peers} peers is {middle}.",
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, clock_time.min, BUSINESS_ZONE)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _months_before(month: date, number: int) -> date:
    for _ in range(number):
        month = (month - timedelta(days=1)).replace(day=1)
    return month

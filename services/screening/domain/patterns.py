"""Patterns across patients that raise signals: what no single claim shows and a person should look at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.claim import Claim

ADMISSIONS_A_DAY = 10
"""Admissions of one home region to one institution on one day from which they are a group."""
PHARMACIES_A_DAY = 3
"""Pharmacies one person buys in on one day."""
VISITS_A_DAY = 120
"""Outpatients one physician can see on one day: four minutes each for eight hours."""
APART = timedelta(minutes=30)
"""Two institutions need some time to get from one to the other."""
GROWTH = 3.0
"""Times the average of the months before."""
GROWTH_FEN = 5_000_000
"""Amount of an item in a month (50,000 yuan) below which growth is no matter."""
ROWS = 50
"""Settlements a signal names."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something that stands out, with the settlements that made it."""

    kind: str
    subject: str
    """Institution, person (pseudonym) or practitioner, by the kind."""
    institution_code: str | None
    day: int | None
    value: int
    limit: int
    rows: tuple[str, ...]
    """Institution and settlement id of each, joined by a stroke."""
    text_zh: str
    text_en: str


@dataclass(slots=True)
class Watch:
    """Grows while the claims of a month go by."""

    admissions: dict[tuple[str, str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    purchases: dict[tuple[str, int], dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    visits: dict[tuple[str, int], list[tuple[float, str, str]]] = field(default_factory=lambda: defaultdict(list))
    items: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """Amount by institution and item, drugs and consumables."""
    quantities: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """Quantity times 10,000 by institution and item, drugs and consumables."""

    def add(self, claim: Claim) -> None:
        """Take in one claim."""
        institution, day = claim.institution.code, day_of(claim.started_at)
        row = f"{institution}|{claim.settlement_id}"
        if claim.care_setting == "inpatient":
            self.admissions[institution, claim.insured_region, day].append(row)
        elif claim.care_setting == "pharmacy":
            self.purchases[claim.insured_ref, day][institution].append(row)
        if claim.care_setting in {"outpatient", "emergency"} and claim.practitioner_code is not None:
            at = claim.started_at.timestamp()
            self.visits[claim.practitioner_code, day].append((at, institution, row))
        for line in claim.lines:
            if line.item_kind in {"drug", "consumable"}:
                self.items[institution, line.item_code] += line.amount_fen
                self.quantities[institution, line.item_code] += line.quantity_e4

    def patterns(self) -> Iterable[Pattern]:
        """Return what stands out."""
        yield from self._groups()
        yield from self._chains()
        yield from self._hours()

    def _groups(self) -> Iterable[Pattern]:
        for (institution, region, day), rows in sorted(self.admissions.items()):
            if len(rows) >= ADMISSIONS_A_DAY:
                on = date_of(day).isoformat()
                yield Pattern(
                    "group_admission",
                    institution,
                    institution,
                    day,
                    len(rows),
                    ADMISSIONS_A_DAY,
                    tuple(rows[:ROWS]),
                    f"{on}同一参保地{region}有{len(rows)}人在同一机构入院，疑似组织住院。",
                    f"{len(rows)} persons of region {region} were admitted to one institution on {on}.",
                )

    def _chains(self) -> Iterable[Pattern]:
        for (person, day), places in sorted(self.purchases.items()):
            if len(places) >= PHARMACIES_A_DAY:
                on = date_of(day).isoformat()
                rows = [row for settled in places.values() for row in settled]
                yield Pattern(
                    "pharmacy_chain",
                    person,
                    None,
                    day,
                    len(places),
                    PHARMACIES_A_DAY,
                    tuple(rows[:ROWS]),
                    f"{on}同一参保人在{len(places)}家药店购药。",
                    f"one person bought in {len(places)} pharmacies on {on}.",
                )

    def _hours(self) -> Iterable[Pattern]:
        for (practitioner, day), seen in sorted(self.visits.items()):
            on = date_of(day).isoformat()
            ordered = sorted(seen)
            if len(ordered) > VISITS_A_DAY:
                yield Pattern(
                    "impossible_hours",
                    practitioner,
                    ordered[0][1],
                    day,
                    len(ordered),
                    VISITS_A_DAY,
                    tuple(row for _, _, row in ordered[:ROWS]),
                    f"{on}一名医师接诊{len(ordered)}人次，超过{VISITS_A_DAY}人次。",
                    f"one physician saw {len(ordered)} patients on {on}, more than {VISITS_A_DAY}.",
                )
            moves = [
                (one, other)
                for one, other in pairwise(ordered)
                if one[1] != other[1] and other[0] - one[0] < APART.total_seconds()
            ]
            if moves:
                rows = [row for pair in moves for _, _, row in pair]
                yield Pattern(
                    "two_places",
                    practitioner,
                    moves[0][0][1],
                    day,
                    len(moves),
                    0,
                    tuple(rows[:ROWS]),
                    f"{on}一名医师在两家机构的接诊时间相距不足30分钟，共{len(moves)}次。",
                    f"one physician saw patients of two institutions within 30 minutes, {len(moves)} times on {on}.",
                )


def growth(now: Mapping[tuple[str, str], int], before: Mapping[tuple[str, str], int], months: int) -> Iterable[Pattern]:
    """Return items of institutions whose amount is a multiple of the average of the months before."""
    if not months:
        return
    for (institution, item), amount in sorted(now.items()):
        usual = before.get((institution, item), 0) // months
        if amount >= GROWTH_FEN and usual > 0 and amount >= GROWTH * usual:
            yield Pattern(
                "growth",
                f"{institution}|{item}",
                institution,
                None,
                amount,
                usual,
                (),
                f"项目{item}当月{amount / 100:,.2f}元，为此前{months}个月均值的{amount / usual:.1f}倍。",
                f"item {item} came to {amount / 100:,.2f} yuan, {amount / usual:.1f} times its average before.",
            )


def stock_gaps(
    settled: Mapping[tuple[str, str], int], received: Mapping[tuple[str, str], int], tolerance_percent: int
) -> Iterable[Pattern]:
    """Return items settled beyond what an institution ever received; quantities times 10,000.

    Only items whose stock the institution reports at all are judged: silence is another matter.
    """
    for (institution, item), came in sorted(received.items()):
        went = settled.get((institution, item), 0)
        if went > 0 and went * 100 > max(0, came) * (100 + tolerance_percent):
            yield Pattern(
                "stock_balance",
                f"{institution}|{item}",
                institution,
                None,
                went // 10_000,
                came // 10_000,
                (),
                f"项目{item}累计结算{went / 10_000:g}，入库仅{came / 10_000:g}，进销存不符。",
                f"{went / 10_000:g} of item {item} were settled, {came / 10_000:g} were ever received.",
            )

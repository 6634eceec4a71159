"""Patterns across patients that raise signals: what no single claim shows and a person should look at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.claim import Claim
from services.screening.domain.collectors import Purchase, collectors
from services.screening.domain.gatherings import EarlierStay, Stay, household_stays, village_admissions
from services.screening.domain.pattern import ROWS, Pattern
from services.screening.domain.signal_limits import DEFAULT_LIMITS, SignalLimits

_SECONDS_A_MINUTE = 60


@dataclass(slots=True)
class Watch:
    """Grows while the claims of a month go by."""

    limits: SignalLimits = DEFAULT_LIMITS
    admissions: dict[tuple[str, str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    stays: list[Stay] = field(default_factory=list)
    """Inpatient stays of persons whose home the registry knows."""
    purchases: dict[tuple[str, int], list[Purchase]] = field(default_factory=lambda: defaultdict(list))
    """In pharmacies, by person and day."""
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
            bought = Purchase(claim.started_at.timestamp(), institution, row)
            self.purchases[claim.insured_ref, day].append(bought)
        if claim.care_setting in {"outpatient", "emergency"} and claim.practitioner_code is not None:
            at = claim.started_at.timestamp()
            self.visits[claim.practitioner_code, day].append((at, institution, row))
        for line in claim.lines:
            if line.item_kind in {"drug", "consumable"}:
                self.items[institution, line.item_code] += line.amount_fen
                self.quantities[institution, line.item_code] += line.quantity_e4

    def add_stay(self, claim: Claim, residence_code: str | None, household_ref: str | None) -> None:
        """Take in where the patient of a stay lives, beside the claim itself."""
        self.stays.append(
            Stay(
                claim.institution.code,
                f"{claim.institution.code}|{claim.settlement_id}",
                claim.insured_ref,
                claim.started_at,
                claim.ended_at,
                claim.age_days,
                claim.diagnosis_codes[0] if claim.diagnosis_codes else None,
                residence_code,
                household_ref,
            )
        )

    def patterns(self, earlier: Sequence[EarlierStay] = ()) -> Iterable[Pattern]:
        """Return what stands out; ``earlier`` are stays of the months before, see `household_stays`."""
        yield from self._groups()
        yield from village_admissions(self.stays, self.limits)
        yield from household_stays(self.stays, earlier, self.limits)
        yield from self._chains()
        yield from collectors(self.purchases, self.limits)
        yield from self._hours()

    def _groups(self) -> Iterable[Pattern]:
        for (institution, region, day), rows in sorted(self.admissions.items()):
            if len(rows) >= self.limits.region_admissions:
                on = date_of(day).isoformat()
                yield Pattern(
                    "group_admission",
                    institution,
                    institution,
                    day,
                    len(rows),
                    self.limits.region_admissions,
                    tuple(rows[:ROWS]),
                    f"{on}同一参保地{region}有{len(rows)}人在同一机构入院，疑似组织住院。",
                    f"{len(rows)} persons of region {region} were admitted to one institution on {on}.",
                )

    def _chains(self) -> Iterable[Pattern]:
        for (person, day), bought in sorted(self.purchases.items()):
            places = {one.institution_code for one in bought}
            if len(places) >= self.limits.pharmacies_a_day:
                on = date_of(day).isoformat()
                rows = [one.row for one in bought]
                yield Pattern(
                    "pharmacy_chain",
                    person,
                    None,
                    day,
                    len(places),
                    self.limits.pharmacies_a_day,
                    tuple(rows[:ROWS]),
                    f"{on}同一参保人在{len(places)}家药店购药。",
                    f"one person bought in {len(places)} pharmacies on {on}.",
                )

    def _hours(self) -> Iterable[Pattern]:
        for (practitioner, day), seen in sorted(self.visits.items()):
            on = date_of(day).isoformat()
            ordered = sorted(seen)
            if len(ordered) > self.limits.visits_a_day:
                yield Pattern(
                    "impossible_hours",
                    practitioner,
                    ordered[0][1],
                    day,
                    len(ordered),
                    self.limits.visits_a_day,
                    tuple(row for _, _, row in ordered[:ROWS]),
                    f"{on}一名医师接诊{len(ordered)}人次，超过{self.limits.visits_a_day}人次。",
                    f"one physician saw {len(ordered)} patients on {on}, more than {self.limits.visits_a_day}.",
                )
            moves = [
                (one, other)
                for one, other in pairwise(ordered)
                if one[1] != other[1] and other[0] - one[0] < self.limits.apart_minutes * _SECONDS_A_MINUTE
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
                    f"{on}一名医师在两家机构的接诊时间相距不足{self.limits.apart_minutes}分钟，共{len(moves)}次。",
                    f"one physician saw patients of two institutions within "
                    f"{self.limits.apart_minutes} minutes, {len(moves)} times on {on}.",
                )


def growth(
    now: Mapping[tuple[str, str], int],
    before: Mapping[tuple[str, str], int],
    months: int,
    limits: SignalLimits = DEFAULT_LIMITS,
) -> Iterable[Pattern]:
    """Return items of institutions whose amount is a multiple of the average of the months before."""
    if not months:
        return
    for (institution, item), amount in sorted(now.items()):
        usual = before.get((institution, item), 0) // months
        if amount >= limits.item_growth_fen and usual > 0 and amount * 100 >= limits.item_growth_percent * usual:
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

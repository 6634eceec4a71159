"""Growth of an institution that its peers do not share: of all it settles, of dear consumables, of monitored drugs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, get_args

from services.screening.domain.claim import Claim
from services.screening.domain.indicators import FEWEST_PEERS
from services.screening.domain.pattern import Pattern
from services.screening.domain.signal_limits import SignalLimits

Measure = Literal["total", "high_value_consumables", "monitored_drugs"]

MEASURES: tuple[Measure, ...] = get_args(Measure)

_NAMES: Mapping[Measure, tuple[str, str]] = {
    "total": ("医疗总费用", "all that was settled"),
    "high_value_consumables": ("高值医用耗材费用", "consumables of high value"),
    "monitored_drugs": ("重点监控药品费用", "monitored drugs"),
}
_E4 = 10_000

Amounts = Mapping[tuple[str, str], int]
"""Fen by institution and measure."""


@dataclass(slots=True)
class Totals:
    """What institutions settled in a month, by measure."""

    high_value_fen: int
    monitored: tuple[str, ...]
    """Beginnings of the item codes of monitored drugs (重点监控合理用药药品), as a region lists them."""
    amounts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, claim: Claim) -> None:
        """Take in one claim."""
        own: dict[Measure, int] = dict.fromkeys(MEASURES, 0)
        for line in claim.lines:
            own["total"] += line.amount_fen
            if line.item_kind == "consumable" and line.unit_price_e4 >= self.high_value_fen * _E4:
                own["high_value_consumables"] += line.amount_fen
            elif line.item_kind == "drug" and self.monitored and line.item_code.startswith(self.monitored):
                own["monitored_drugs"] += line.amount_fen
        for measure, amount in own.items():
            self.amounts[claim.institution.code, measure] += amount


def institution_growth(
    now: Amounts, usual: Amounts, peers: Mapping[str, tuple[str, int]], limits: SignalLimits
) -> Iterable[Pattern]:
    """Return institutions that grew far more than institutions of their kind and level did in the same month.

    ``usual`` holds averages of the months before, only of institutions that were there in all of them. A wave of flu
    or the end of a holiday lifts all, and then nobody stands out.
    """
    for measure in MEASURES:
        groups: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
        for institution, group in sorted(peers.items()):
            before = usual.get((institution, measure), 0)
            if before > 0:
                groups[group][institution] = now.get((institution, measure), 0) / before
        for grown in groups.values():
            if len(grown) < FEWEST_PEERS:
                continue
            middle = median(grown.values())
            for institution, times in grown.items():
                amount, before = now.get((institution, measure), 0), usual[institution, measure]
                if amount < limits.institution_growth_fen or times * 100 < limits.institution_growth_percent * max(
                    1.0, middle
                ):
                    continue
                zh, en = _NAMES[measure]
                yield Pattern(
                    "institution_growth",
                    f"{institution}|{measure}",
                    institution,
                    None,
                    amount,
                    before,
                    (),
                    f"{zh}当月{amount / 100:,.2f}元，为此前均值的{times:.1f}倍，同类{len(grown)}家机构的中位数"
                    f"为{middle:.1f}倍。",
                    f"{en} came to {amount / 100:,.2f} yuan, {times:.1f} times its average before; the median of "
                    f"{len(grown)} peers is {middle:.1f} times.",
                )

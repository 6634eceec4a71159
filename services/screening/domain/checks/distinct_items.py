"""药品种类超标、饮片超大处方: more different items, or a dearer prescription, than the place allows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import CARE_SETTINGS, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "distinct_items",
    "品种数超标",
    rule_parameters=(
        Parameter("item_kinds", "texts", choices=("drug", "herb", "service", "consumable", "other"), required=True),
        Parameter("most", "integer", minimum=1),
        Parameter("most_fen", "integer", minimum=1),
        Parameter("care_settings", "texts", choices=CARE_SETTINGS),
    ),
    points="none",
)


@dataclass(frozen=True, slots=True)
class DistinctItemsCheck:
    """Counts different items of each prescription; lines that name none are not judged."""

    rule: Rule
    item_kinds: frozenset[str]
    most: int | None
    most_fen: int | None

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State each prescription beyond the limit; no amount is at issue, for no single item is too many."""
        prescriptions: dict[str, list[ClaimLine]] = {}
        for line in lines:
            if line.item_kind in self.item_kinds and line.prescription_number is not None:
                prescriptions.setdefault(line.prescription_number, []).append(line)
        for number in sorted(prescriptions):
            written = prescriptions[number]
            items = len({line.item_code for line in written})
            amount = sum(line.amount_fen for line in written)
            if (self.most is not None and items > self.most) or (self.most_fen is not None and amount > self.most_fen):
                yield case.finding(
                    self.rule,
                    None,
                    [(line, 0) for line in written],
                    zh=f"{lines_zh(written)}一张处方{items}个品种、{amount // 100}.{amount % 100:02d}元，超过上限。",
                    en=f"{lines_en(written)}: one prescription of {items} items is above the limit.",
                    values={"items": items, "amount_fen": amount} | self._limits(),
                )

    def _limits(self) -> dict[str, str | int]:
        limits = {"most": self.most, "most_fen": self.most_fen}
        return {name: limit for name, limit in limits.items() if limit is not None}


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim; none when the rule sets no limit, for no national one exists."""
    del points
    given = rule.parameters
    most, most_fen = given.optional_integer("most"), given.optional_integer("most_fen")
    if most is None and most_fen is None:
        return []
    check = DistinctItemsCheck(rule, frozenset(given.texts("item_kinds")), most, most_fen)
    return [place(check, rule, care_settings=given.texts("care_settings", ()))]

"""A rulebook compiled for speed: for each item code the few checks that can apply to it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.screening.domain.business_day import start_of
from services.screening.domain.check import FOREVER, Placement
from services.screening.domain.checks import expression
from services.screening.domain.checks.table import KINDS, PLACES
from services.screening.domain.claim import Claim
from services.screening.domain.expression_syntax import ParseExpression
from services.screening.domain.kind import CARE_SETTINGS
from services.screening.domain.rules import KnowledgePoint, Rulebook


class Plan:
    """Immutable after compilation; share it between batches and swap it whole when a rulebook is activated.

    The cost of a claim depends on the checks its own items meet, not on the number of knowledge points.
    """

    __slots__ = (
        "_in_force_from",
        "_in_force_until",
        "asked",
        "asks",
        "by_item",
        "checks_deaths",
        "checks_practitioners",
        "every_claim",
        "every_list",
        "looking_back",
        "order",
        "reads_lists",
        "remembered_days",
        "remembers_sales",
        "rulebook",
        "version",
        "visit_days",
        "visit_settings",
    )

    def __init__(self, rulebook: Rulebook, placements: list[Placement]) -> None:
        self.rulebook = rulebook
        self.version = rulebook.version
        self.by_item: Mapping[str, tuple[Placement, ...]] = _by_item(placements)
        self.every_claim = _by_setting(
            one for one in placements if not one.item_codes and not KINDS[one.rule.kind].lists
        )
        """Checks without items, by care setting."""
        self.every_list = _by_setting(one for one in placements if not one.item_codes and KINDS[one.rule.kind].lists)
        """Checks that read nothing but the settlement list, by care setting."""
        self.order: Mapping[str, int] = {rule.code: position for position, rule in enumerate(rulebook.rules)}
        """Place of a rule in the catalogue: findings of earlier rules come first and take amounts first."""
        self.asks = _asks(placements)
        self.asked: frozenset[str] = frozenset().union(*self.asks.values())
        self.remembered_days = max((placement.look_back_days for placement in placements), default=0)
        kinds = [KINDS[name] for name in {rule.kind for rule in rulebook.rules}]
        self.visit_settings = frozenset(setting for kind in kinds for setting in kind.visits)
        self.visit_days = max((one.look_back_days for one in placements if KINDS[one.rule.kind].visits), default=0)
        self.looking_back = frozenset(one.rule.code for one in placements if one.asks or KINDS[one.rule.kind].visits)
        """Rules that look at earlier lines or visits, and so cannot be judged once those are forgotten."""
        self.remembers_sales = any(kind.sales for kind in kinds)
        self.checks_practitioners = any(kind.practitioners for kind in kinds)
        self.reads_lists = any(kind.lists for kind in kinds)
        self.checks_deaths = any(kind.deaths for kind in kinds)
        self._in_force_from = start_of(max((placement.from_day for placement in placements), default=0))
        last_day = min((placement.until_day for placement in placements), default=FOREVER)
        self._in_force_until: datetime | None = None if last_day == FOREVER else start_of(last_day + 1)

    def remembers(self, item_code: str) -> bool:
        """Whether some check asks for earlier lines of this item; lines of other items need not be kept."""
        return item_code in self.asked

    def holds_throughout(self, claim: Claim) -> bool:
        """Whether every check holds on every day of the visit, so that none has to be asked for its dates."""
        if claim.started_at < self._in_force_from:
            return False
        return self._in_force_until is None or claim.ended_at < self._in_force_until


def compile_plan(rulebook: Rulebook, parse: ParseExpression | None = None) -> Plan:
    """Compile a rulebook; raises ``RulebookError`` when a condition cannot be read.

    ``parse`` reads the expressions of own rules; without it a rulebook that has any cannot be compiled.
    """
    points: dict[str, list[KnowledgePoint]] = {}
    for point in rulebook.points:
        points.setdefault(point.rule_code, []).append(point)
    placements: list[Placement] = []
    for rule in rulebook.rules:
        known = points.get(rule.code, [])
        if rule.kind == expression.KIND.name:
            placements += expression.place_checks(rule, known, parse)
        else:
            placements += PLACES[rule.kind](rule, known)
    return Plan(rulebook, placements)


def _by_item(placements: list[Placement]) -> dict[str, tuple[Placement, ...]]:
    collected: dict[str, list[Placement]] = {}
    for placement in placements:
        for code in placement.item_codes:
            collected.setdefault(code, []).append(placement)
    # Codes of one point meet the same checks: one shared tuple for all of them keeps millions of codes small.
    shared: dict[tuple[int, ...], tuple[Placement, ...]] = {}
    return {code: shared.setdefault(tuple(map(id, met)), tuple(met)) for code, met in collected.items()}


def _by_setting(placements: Iterable[Placement]) -> Mapping[str, tuple[Placement, ...]]:
    kept = list(placements)
    return {
        setting: tuple(one for one in kept if not one.care_settings or setting in one.care_settings)
        for setting in CARE_SETTINGS
    }


def _asks(placements: list[Placement]) -> dict[str, frozenset[str]]:
    # Both ways: what a claim leaves can matter to one that was settled later and screened before it.
    collected: dict[str, set[str]] = {}
    for placement in placements:
        if placement.asks:
            for code in placement.item_codes:
                collected.setdefault(code, set()).update(placement.asks)
            for code in placement.asks:
                collected.setdefault(code, set()).update(placement.item_codes)
    return {code: frozenset(asked) for code, asked in collected.items()}

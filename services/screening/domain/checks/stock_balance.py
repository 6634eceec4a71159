"""进销存异常: more of an item settled by an institution than its stock can account for; no single claim breaks it."""

from collections.abc import Iterable, Sequence

from services.screening.domain.check import Placement
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "stock_balance",
    "进销存",
    rule_parameters=(
        Parameter("item_kinds", "texts", choices=("drug", "herb", "consumable"), required=True),
        Parameter("tolerance_percent", "integer"),
    ),
    points="none",
    judges="institution",
)


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """Nothing is placed on claims: balances raise signals over a period."""
    del rule, points
    return ()

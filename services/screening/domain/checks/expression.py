"""自定义规则: a rule of our own, said in an expression over the claim instead of in code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.expression import Expression, compile_expression
from services.screening.domain.expression_syntax import ExpressionError, ParseExpression
from services.screening.domain.expression_values import BadOperation, NotTold
from services.screening.domain.finding import Finding
from services.screening.domain.kind import CARE_SETTINGS, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule, RulebookError

KIND = Kind(
    "expression",
    "自定义表达式",
    rule_parameters=(
        Parameter("expression", "text", required=True),
        Parameter("text_zh", "text", required=True),
        Parameter("text_en", "text", required=True),
        Parameter("amount", "text", choices=("lines", "none")),
        Parameter("care_settings", "texts", choices=CARE_SETTINGS),
    ),
    visits=CARE_SETTINGS,
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class ExpressionCheck:
    """Asks the expression; what a claim does not tell is held against nobody."""

    rule: Rule
    point: KnowledgePoint | None
    expression: Expression
    care_settings: tuple[str, ...]
    counts_amounts: bool

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines that the expression names, those of the point for a plain yes, or the visit."""
        if self.care_settings and case.claim.care_setting not in self.care_settings:
            return ()
        try:
            told, _ = self.expression(case, list(lines))
        except NotTold:
            return ()
        if told is False or told == []:
            return ()
        at_issue = self._at_issue(told, case, lines)
        given = self.rule.parameters
        zh, en = given.text("text_zh"), given.text("text_en")
        return (
            case.finding(
                self.rule,
                self.point,
                whole(at_issue) if self.counts_amounts else [(line, 0) for line in at_issue],
                zh=f"{lines_zh(at_issue)}{zh}" if at_issue else zh,
                en=f"{lines_en(at_issue)}: {en}" if at_issue else en,
                values={"lines": len(at_issue)},
            ),
        )

    def _at_issue(self, told: Any, case: Case, lines: Sequence[ClaimLine]) -> Sequence[ClaimLine]:
        if told is True:
            return lines if self.point is not None else ()
        if not isinstance(told, list):
            raise BadOperation("an expression answers with a truth value or with lines")
        numbers = {one if isinstance(one, int) else one.number for one in told}
        found = [line for line in case.lines if line.number in numbers]
        if len(found) != len(numbers):
            raise BadOperation("an expression names lines that the claim does not have")
        return found


def place_checks(
    rule: Rule, points: Sequence[KnowledgePoint], parse: ParseExpression | None = None
) -> Iterable[Placement]:
    """One check per knowledge point, or one on every claim where the rule has none.

    Raises RulebookError for an expression that cannot be used, and where nothing is there to parse it.
    """
    if parse is None:
        raise RulebookError([f"{rule.code}: expressions are not understood here"])
    given = rule.parameters
    try:
        expression = compile_expression(parse(given.text("expression")))
    except ExpressionError as error:
        raise RulebookError([f"{rule.code}: {error}"]) from None
    if expression.reads_items and not points:
        raise RulebookError([f"{rule.code}: history.quantity and history.count need knowledge points with items"])
    settings = given.texts("care_settings", ())
    amounts = given.text("amount", "lines") == "lines"
    placed: Sequence[KnowledgePoint | None] = points or [None]
    return [
        place(
            ExpressionCheck(rule, point, expression, settings, amounts),
            rule,
            point,
            asks=point.item_codes if point is not None and expression.reads_items else (),
            look_back_days=expression.look_back_days,
            care_settings=() if point is not None else settings,
        )
        for point in placed
    ]

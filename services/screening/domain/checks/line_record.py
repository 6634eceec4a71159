"""结算明细信息异常: fee lines whose own figures contradict each other or lack what every line must have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind("line_record", "明细信息异常", rule_parameters=(Parameter("rounding_fen", "integer"),), points="none")

ROUNDING_FEN = 1
"""Difference between quantity times price and amount that rounding explains, per line."""

_SCALE = 10_000 * 10_000

_TEXTS = {
    "amount": ("数量乘单价与金额不符", "quantity times price is not the amount"),
    "price": ("单价为零而有金额", "an amount without a price"),
    "practitioner": ("缺少开单人员", "nobody ordered it"),
}


@dataclass(frozen=True, slots=True)
class LineRecordCheck:
    """Examines lines as they were sent, before refunds are taken off."""

    rule: Rule
    rounding_fen: int

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State each kind of fault with its lines; nothing is at issue in fen, the record itself is."""
        del lines
        met: dict[str, list[ClaimLine]] = {}
        for line in case.claim.lines:
            fault = self._fault(case.claim, line)
            if fault is not None:
                met.setdefault(fault, []).append(line)
        for fault in sorted(met):
            zh, en = _TEXTS[fault]
            yield case.finding(
                self.rule,
                None,
                [(line, 0) for line in met[fault]],
                zh=f"{lines_zh(met[fault])}{zh}。",
                en=f"{lines_en(met[fault])}: {en}.",
                values={"fault": fault},
            )

    def _fault(self, claim: Claim, line: ClaimLine) -> str | None:
        expected = line.quantity_e4 * line.unit_price_e4
        if line.unit_price_e4 == 0 and line.amount_fen != 0:
            return "price"
        # In whole fen, half up, for either sign.
        exact = (2 * abs(expected) + _SCALE) // (2 * _SCALE)
        if abs(exact - abs(line.amount_fen)) > self.rounding_fen:
            return "amount"
        if claim.institution.kind == "hospital" and line.practitioner_code is None and claim.practitioner_code is None:
            return "practitioner"
        return None


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    return [place(LineRecordCheck(rule, rule.parameters.integer("rounding_fen", ROUNDING_FEN)), rule)]

"""追溯码重复结算: one pack settled twice.

Not held against anybody: the claim's own code sent again (redelivery, or the same code on two of its lines), packs
that are split for sale (拆零) on either side, herbs, and packs that were first given back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding, PriorReference
from services.screening.domain.kind import Kind
from services.screening.domain.memory import traced
from services.screening.domain.prior import CodeSale
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind("duplicate_traceability_code", "追溯码重复结算", points="none", sales=True)


@dataclass(frozen=True, slots=True)
class DuplicateTraceabilityCodeCheck:
    """Looks every scanned code up among the sales of all institutions."""

    rule: Rule

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterator[Finding]:
        """State the lines whose pack another settlement sold and did not take back."""
        at_issue: list[ClaimLine] = []
        prior: list[PriorReference] = []
        codes = 0
        for line, sold in self._sold_before(case, lines):
            at_issue.append(line)
            codes += len({sale.traceability_code for sale in sold})
            prior += [PriorReference(s.settlement_ref, s.institution_code, s.line_number, "sale") for s in sold]
        if at_issue:
            institutions = len({reference.institution_code for reference in prior})
            yield case.finding(
                self.rule,
                None,
                whole(at_issue),
                zh=f"{lines_zh(at_issue)}的{codes}个追溯码已在{institutions}家机构结算过。",
                en=f"{lines_en(at_issue)}: {codes} pack code(s) settled before at {institutions} institution(s).",
                prior=prior,
                values={"codes": codes, "institutions": institutions},
            )

    def _sold_before(self, case: Case, lines: Sequence[ClaimLine]) -> Iterator[tuple[ClaimLine, list[CodeSale]]]:
        sales_of = case.history.sales_of
        for line in lines:
            # Nearly every code is new: that path looks each up once and makes nothing.
            for code in line.traceability_codes:
                if sales_of(code):
                    break
            else:
                continue
            if line.split_pack or not traced(line):
                continue
            sold = [sale for code in set(line.traceability_codes) for sale in _standing(case, code, line.charged_at)]
            if sold:
                yield line, sold


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    return [place(DuplicateTraceabilityCodeCheck(rule), rule)]


def _standing(case: Case, code: str, at: datetime) -> list[CodeSale]:
    """Sales of the code by other settlements that no return has undone; a return undoes the latest before it."""
    standing: list[CodeSale] = []
    known = case.prior_sales(code, at)
    for sale in sorted(known, key=lambda sale: (sale.sold_at, sale.returned, sale.position, sale.settlement_ref)):
        if sale.split_pack:
            continue
        if not sale.returned:
            standing.append(sale)
        elif standing:
            standing.pop()
    return standing

"""Amounts at issue without double counting.

Several rules may question one line. Findings are taken in order of priority: violations before suspicions, then the
order of the catalogue, then knowledge point and lines. Each takes of a line what it questions on its own, but no more
than earlier findings left; so over one claim no fen is counted twice and the sum never exceeds the line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.screening.domain.finding import Finding


def attribute(findings: Iterable[Finding], amounts: Mapping[int, int], order: Mapping[str, int]) -> list[Finding]:
    """Put findings in order of priority and give each the amount that is left for it.

    ``amounts`` holds the amount of each line after refunds, ``order`` each rule's place in the catalogue.
    """

    def priority(finding: Finding) -> tuple[bool, int, str, tuple[int, ...]]:
        weaker = finding.severity == "suspicion"
        return weaker, order.get(finding.rule_code, len(order)), finding.knowledge_point or "", finding.line_numbers

    left = dict(amounts)
    attributed: list[Finding] = []
    for finding in sorted(findings, key=priority):
        total = 0
        for number, share in finding.shares:
            taken = min(share, left.get(number, 0))
            left[number] = left.get(number, 0) - taken
            total += taken
        attributed.append(
            finding if total == finding.amount_at_issue_fen else replace(finding, amount_at_issue_fen=total)
        )
    return attributed

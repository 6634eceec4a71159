"""医保结算清单信息异常: a settlement list with parts missing, or parts that contradict each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case
from services.screening.domain.check import Placement, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind("filed_record", "结算清单异常", points="none", lists=True)

_NAMED = 5
"""Gaps that a text names; all of them stand in the values."""


@dataclass(frozen=True, slots=True)
class FiledRecordCheck:
    """Says what intake found missing in the list that stands; a list that was not filed is not judged."""

    rule: Rule

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the gaps of the list; nothing is at issue in fen, the record itself is."""
        del lines
        filed = case.filed_list
        if filed is None or not filed.gaps:
            return ()
        gaps = sorted({f"{gap.pointer} {gap.problem}" for gap in filed.gaps})
        named = "；".join(gaps[:_NAMED])
        return (
            case.finding(
                self.rule,
                None,
                [],
                zh=f"结算清单有{len(gaps)}处缺失或矛盾：{named}。",
                en=f"the settlement list has {len(gaps)} gaps or contradictions: {named}.",
                values={"gaps": ",".join(gaps), "list_version": filed.version},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    return [place(FiledRecordCheck(rule), rule)]

"""手术操作编码异常: operations charged but not in the list, codes of no known form, a wrong main operation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import compile as pattern

from services.screening.domain.case import Case
from services.screening.domain.check import Placement, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.filed_list import FiledList
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "operation_record",
    "手术操作编码异常",
    rule_parameters=(Parameter("operation_prefixes", "texts"),),
    points="none",
    lists=True,
)

OPERATIONS = ("0033",)
"""Services of the national catalogue that are operations (手术治疗)."""

FORM = pattern(r"\d{2}\.\d{2,4}(x\d{3})?")
"""ICD-9-CM-3, medical-insurance edition."""

_TEXTS = {
    "missing": ("收取手术费但清单无手术操作", "operations were charged but the list names none"),
    "form": ("手术操作编码不规范", "operation codes have no known form"),
    "main": ("主要手术未标明或多于一个", "no main operation, or more than one"),
}


@dataclass(frozen=True, slots=True)
class OperationRecordCheck:
    """Holds the list against itself and against what was charged."""

    rule: Rule
    prefixes: tuple[str, ...]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State each fault; nothing is at issue in fen, the record itself is."""
        filed = case.filed_list
        if filed is None:
            return
        charged = [line for line in lines if line.item_code.startswith(self.prefixes)]
        for fault in self._faults(filed, charged):
            zh, en = _TEXTS[fault]
            related = charged if fault == "missing" else []
            yield case.finding(self.rule, None, [], zh=f"{zh}。", en=f"{en}.", related=related, values={"fault": fault})

    def _faults(self, filed: FiledList, charged: Sequence[ClaimLine]) -> Iterable[str]:
        if not filed.operations:
            if charged:
                yield "missing"
            return
        if any(FORM.fullmatch(one.code) is None for one in filed.operations):
            yield "form"
        if sum(one.main for one in filed.operations) != 1:
            yield "main"


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    return [place(OperationRecordCheck(rule, rule.parameters.texts("operation_prefixes", OPERATIONS)), rule)]

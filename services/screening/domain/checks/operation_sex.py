"""手术操作编码与性别不符: an operation of the list that only the other sex can have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case
from services.screening.domain.check import Placement, days_in_force, place
from services.screening.domain.checks.wording import SEX_ZH
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CodeSet
from services.screening.domain.finding import Finding
from services.screening.domain.kind import SEXES, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "operation_sex",
    "手术操作与性别不符",
    point_parameters=(
        Parameter("sex", "text", choices=SEXES, required=True),
        Parameter("operations", "operations", required=True),
    ),
    points="record",
    lists=True,
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class OperationSexCheck:
    """Compares each operation with the sex it is for; an unknown sex is never held against anybody."""

    rule: Rule
    points: Sequence[tuple[KnowledgePoint, str, CodeSet, int, int]]
    """Point, sex, operations, first and last day."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the operations per knowledge point; nothing is at issue in fen, the record itself is."""
        del lines
        filed, claim = case.filed_list, case.claim
        if filed is None or claim.sex == "unknown":
            return
        codes = sorted({operation.code for operation in filed.operations})
        for point, sex, operations, from_day, until_day in self.points:
            if sex == claim.sex or not from_day <= day_of(claim.started_at) <= until_day:
                continue
            met = operations.among(codes)
            if met:
                yield case.finding(
                    self.rule,
                    point,
                    [],
                    zh=f"手术操作{'、'.join(met)}（{point.name}）限{SEX_ZH[sex]}，与就诊人性别不符。",
                    en=f"operation {', '.join(met)} ({point.name}) is for {sex} patients only.",
                    values={"required_sex": sex, "operations": ",".join(met)},
                )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check for the whole rule, on every claim."""
    known = [
        (
            point,
            point.condition.text("sex"),
            CodeSet.of(point.condition.texts("operations")),
            *days_in_force(rule, point),
        )
        for point in points
    ]
    return [place(OperationSexCheck(rule, known), rule)] if known else []

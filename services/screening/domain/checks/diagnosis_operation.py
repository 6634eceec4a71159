"""诊断编码与手术操作编码不符: a main operation that the main diagnosis does not call for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case
from services.screening.domain.check import Placement, days_in_force, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CodeSet, normalised
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "diagnosis_operation",
    "诊断与手术操作不符",
    point_parameters=(
        Parameter("operations", "operations", required=True),
        Parameter("diagnoses", "diagnoses", required=True),
    ),
    points="record",
    lists=True,
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class DiagnosisOperationCheck:
    """A point says which main diagnoses call for the operations it names; several points for one operation add up."""

    rule: Rule
    points: Sequence[tuple[KnowledgePoint, CodeSet, CodeSet, int, int]]
    """Point, operations, diagnoses, first and last day."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the pair; nothing is at issue in fen, the record itself is."""
        del lines
        filed = case.filed_list
        if filed is None:
            return ()
        operation = next((one.code for one in filed.operations if one.main), None)
        diagnosis = next((one.code for one in filed.diagnoses if one.main), None)
        if operation is None or diagnosis is None:
            return ()
        day = day_of(case.claim.started_at)
        named = [one for one in self.points if operation in one[1] and one[3] <= day <= one[4]]
        if not named or any(normalised(diagnosis) in diagnoses for _, _, diagnoses, _, _ in named):
            return ()
        point = named[0][0]
        return (
            case.finding(
                self.rule,
                point,
                [],
                zh=f"主要手术操作{operation}（{point.name}）与主要诊断{diagnosis}不符。",
                en=f"the main operation {operation} ({point.name}) does not go with the main diagnosis {diagnosis}.",
                values={"operation": operation, "diagnosis": diagnosis},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check for the whole rule, on every claim."""
    known = [
        (
            point,
            CodeSet.of(point.condition.texts("operations")),
            CodeSet.of(point.condition.texts("diagnoses")),
            *days_in_force(rule, point),
        )
        for point in points
    ]
    return [place(DiagnosisOperationCheck(rule, known), rule)] if known else []

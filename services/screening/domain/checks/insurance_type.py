"""限险种: an item that only work-injury or maternity insurance pays, settled under another insurance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "insurance_type",
    "限险种",
    rule_parameters=(
        Parameter("insurance_types", "texts", required=True),
        Parameter("medical_types", "texts"),
    ),
)


@dataclass(frozen=True, slots=True)
class InsuranceTypeCheck:
    """Asks for a type of insurance, or for a medical type that stands for it.

    Maternity insurance is carried out together with employees' insurance in most places, so that a delivery is
    settled as insurance 310 with a maternity ``med_type``: either will do.
    """

    rule: Rule
    point: KnowledgePoint
    insurance_types: frozenset[str]
    medical_types: frozenset[str]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines when neither insurance nor medical type is one of those asked for."""
        claim = case.claim
        if claim.insurance_type in self.insurance_types or claim.medical_type in self.medical_types:
            return ()
        return (
            case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=f"{lines_zh(lines)}“{self.point.name}”属{self.rule.name_zh}范围，本次结算险种为{claim.insurance_type}。",
                en=(
                    f"{lines_en(lines)}: {self.point.name} falls under “{self.rule.name_en}”; "
                    f"this settlement is under insurance type {claim.insurance_type}."
                ),
                values={
                    "insurance_type": claim.insurance_type,
                    "required_insurance_types": ",".join(sorted(self.insurance_types)),
                },
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point; the types are the rule's."""
    insurance = frozenset(rule.parameters.texts("insurance_types"))
    medical = frozenset(rule.parameters.texts("medical_types", ()))
    return [place(InsuranceTypeCheck(rule, point, insurance, medical), rule, point) for point in points]

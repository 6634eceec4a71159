"""统计指标监测: a share or rate per institution and month held against its peers; no single claim breaks it."""

from collections.abc import Iterable, Sequence

from services.screening.domain.check import Placement
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

MEASURES = (
    "drug_share",
    "examination_share",
    "consumable_share",
    "treatment_share",
    "ct_share",
    "mri_share",
    "hospital_infection_rate",
    "unplanned_readmission_rate",
)

KIND = Kind(
    "indicator",
    "统计指标",
    rule_parameters=(Parameter("measure", "text", choices=MEASURES, required=True),),
    points="none",
    judges="institution",
)


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """Nothing is placed on claims: indicators raise signals over a period."""
    del rule, points
    return ()

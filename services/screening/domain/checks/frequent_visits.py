"""频繁门诊、频繁购药、频繁住院: more visits of a person in a period than the place finds plausible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case
from services.screening.domain.check import Placement, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding, PriorReference
from services.screening.domain.kind import CARE_SETTINGS, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "frequent_visits",
    "频繁就医",
    rule_parameters=(
        Parameter("care_settings", "texts", choices=CARE_SETTINGS, required=True),
        Parameter("most", "integer", minimum=1, required=True),
        Parameter("within_days", "integer", minimum=1, required=True),
        Parameter("excepted_medical_types", "texts"),
    ),
    points="none",
    visits=CARE_SETTINGS,
)


@dataclass(frozen=True, slots=True)
class FrequentVisitsCheck:
    """Counts visits that began in the days before and on that of the claim; settling one visit in parts counts once."""

    rule: Rule
    care_settings: tuple[str, ...]
    most: int
    within_days: int
    excepted: frozenset[str]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the visit that is one too many; nothing is at issue in fen, the pattern is."""
        del lines
        claim = case.claim
        if claim.medical_type in self.excepted:
            return ()
        today = day_of(claim.started_at)
        first = today - self.within_days + 1
        counted = {
            (visit.institution_code, visit.started_at): visit
            for visit in sorted(case.prior_visits(*self.care_settings), key=lambda one: one.position)
            if first <= day_of(visit.started_at) <= today and visit.medical_type not in self.excepted
        }
        counted.pop((claim.institution.code, claim.started_at), None)
        visits = len(counted) + 1
        if visits <= self.most:
            return ()
        institutions = len({visit.institution_code for visit in counted.values()} | {claim.institution.code})
        return (
            case.finding(
                self.rule,
                None,
                [],
                zh=f"{self.within_days}天内第{visits}次就医，超过{self.most}次，涉及{institutions}家机构。",
                en=f"visit {visits} within {self.within_days} days, more than {self.most}, at {institutions} places.",
                prior=[
                    PriorReference(visit.settlement_ref, visit.institution_code, None, "stay")
                    for visit in counted.values()
                ],
                values={"visits": visits, "most": self.most, "within_days": self.within_days},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    given = rule.parameters
    check = FrequentVisitsCheck(
        rule,
        given.texts("care_settings"),
        given.integer("most"),
        given.integer("within_days"),
        frozenset(given.texts("excepted_medical_types", ())),
    )
    return [place(check, rule, look_back_days=check.within_days, care_settings=check.care_settings)]

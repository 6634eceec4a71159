"""Act five: the next claims of a suspended physician are refused; an emergency by the same hand is paid."""

from services.demo import visits
from services.demo.claim import Claim
from services.demo.day import Visit
from services.demo.planted.seedbed import Plant
from services.demo.stage import Stage
from services.demo.steps.sanctioning import Cast, Held

KIND = "practitioner_eligibility"
CLAIMS_AFTERWARDS = 3


async def post_claims_afterwards(stage: Stage, cast: Cast) -> None:
    """Post what the suspended and the terminated physician order next, and note the verdicts."""
    (rule,) = stage.almanac.knowledge.rules_of(KIND)
    for held in [cast.suspended] * CLAIMS_AFTERWARDS + [cast.terminated]:
        claim = claim_by(stage, held, visits.outpatient)
        lines = tuple(line.number for line in claim.lines)
        stage.plants.append(Plant(KIND, rule.code, (claim.settlement_id,), lines, "暂停或终止资格后开具"))
        outcome = await stage.screening_of(await stage.post_now(claim))
        objections = [finding["rule_code"] for finding in outcome["findings"]]
        if outcome["verdict"] == "refuse" and rule.code in objections:
            stage.report.refused_after_suspension += 1
    urgent = claim_by(stage, cast.suspended, visits.emergency)
    outcome = await stage.screening_of(await stage.post_now(urgent))
    stage.report.passed_in_emergency += outcome["verdict"] == "pass"
    stage.must(stage.report.passed_in_emergency == 1, "an emergency by a suspended physician was not let through")
    refused = stage.report.refused_after_suspension
    stage.say(f"暂停后 {refused} 笔被拒，急诊放行", "claims refused after suspension, the emergency let through")


def claim_by(stage: Stage, held: Held, visit: Visit) -> Claim:
    """An ordinary visit of somebody new to a physician."""
    bed = stage.almanac.bed
    claim = visit(stage.desk_today(), bed.person(), stage.almanac.institution(held.institution_code))
    claim.practitioner_code = held.practitioner_code
    return claim

"""Act eight: a resend counts once, a foreign token opens nothing, a reversed claim takes its finding along."""

from services.demo.claim import Claim
from services.demo.client import AUDITOR, Actor
from services.demo.stage import Stage, hospital
from services.demo.verify import until

CREATED, SAME, FORBIDDEN, CONFLICT = 201, 200, 403, 409
KIND = "price_ceiling"


async def repeat_and_reverse(stage: Stage) -> None:
    """Send a settlement again, altered, and with a foreign token; then reverse one that carried a finding."""
    claim, other = _claims(stage)
    mine, path = hospital(claim), "/intake/v1/settlements"
    again = await stage.client.send("POST", path, mine, json=claim.body())
    altered = await stage.client.send("POST", path, mine, json=claim.body() | {"insurance_type": "320"})
    foreign = await stage.client.send("POST", path, hospital(other), json=claim.body())
    answers = [again.status_code, altered.status_code, foreign.status_code]
    stage.must(answers == [SAME, CONFLICT, FORBIDDEN], f"repeated, altered, foreign: answered {answers}")
    stage.report.repeated_post = (
        f"同一内容 same {answers[0]}，改动 altered {answers[1]}，他院令牌 foreign token {answers[2]}"
    )
    stage.report.reversed_settlement = await _reverse(stage, claim, mine)
    stage.say("重复提交不重复计算，退费随之撤回", "a repeated settlement counts once, a reversed one is taken back")


def _claims(stage: Stage) -> tuple[Claim, Claim]:
    """A planted claim whose finding nothing else rests on, and one of another institution."""
    free = {
        finding["settlement_id"]
        for identity, finding in stage.confirmed.items()
        if identity not in stage.spoken_for and finding["institution_code"] not in stage.institutions_in_use
    }
    rules = {rule.code for rule in stage.almanac.knowledge.rules if rule.kind == KIND}
    planted = {plant.settlement_ids[0] for plant in stage.plants if plant.rule_code in rules}
    claims = [claim for group in stage.almanac.bed.groups for claim in group]
    chosen = next((c for c in claims if c.settlement_id in free & planted), None) or next(
        claim for claim in claims if claim.settlement_id in free
    )
    return chosen, next(claim for claim in claims if claim.institution.code != chosen.institution.code)


async def _reverse(stage: Stage, claim: Claim, mine: Actor) -> str:
    """Reverse the claim twice and wait until its finding is withdrawn."""
    path = f"/intake/v1/settlements/{claim.institution.code}/{claim.settlement_id}/reversal"
    for _ in range(2):
        view = await stage.client.post(path, mine, None)
    listing = {"settlement": view["settlement_ref"]}

    async def withdrawn() -> bool:
        page = await stage.client.get("/screening/v1/findings", AUDITOR, listing)
        return all(finding["status"] == "withdrawn" for finding in page["items"])

    complete = await until(withdrawn)
    stage.must(complete, "the finding of a reversed settlement was not withdrawn")
    return f"{claim.settlement_id} → {view['state']}，疑点撤回 finding withdrawn" if complete else view["state"]

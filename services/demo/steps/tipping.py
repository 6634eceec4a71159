"""Act six: somebody reports fraud without a name, and follows the tip with the receipt to the reward."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from services.demo.client import (
    FIRST_APPROVER,
    NOBODY,
    PAYER,
    SECOND_APPROVER,
    SECOND_PAYER,
    TIP_CLOSER,
    TIP_HANDLER,
    DemoError,
)
from services.demo.stage import Stage
from services.demo.truth import Finding
from services.demo.verify import until

CONFLICT = 409
LEVEL = 1
"""The reporter gave full evidence and helped to verify it."""


async def follow_tip(stage: Stage) -> None:
    """File a tip, handle it, reward it and close it, reading each step as the reporter does."""
    institution, findings = _worst_institution(stage)
    stage.institutions_in_use.add(institution)
    report = {
        "kind": "overcharging",
        "text": "收费清单上有没有做过的检查，药也对不上。",
        "institution_code": institution,
    }
    receipt = (await stage.client.post("/tips/v1/tips", NOBODY, report))["receipt"]
    await _look_up(stage, receipt)
    tip = await _find_in_queue(stage, institution)
    await stage.client.post(f"/tips/v1/tips/{tip}/acceptance", TIP_HANDLER, {"institution_code": institution})
    await _look_up(stage, receipt)
    await _substantiate(stage, tip, findings)
    await _look_up(stage, receipt)
    await _reward(stage, tip, receipt)
    await stage.client.post(f"/tips/v1/tips/{tip}/closing", TIP_CLOSER, None)
    status = await _look_up(stage, receipt)
    stage.report.tip_status = status["outcome"]
    stage.report.reward_status = status["reward"]["state"]
    stage.spoken_for |= {UUID(finding["finding_id"]) for finding in findings}
    stage.say("匿名举报查实、奖励兑付、结案", "an anonymous tip was substantiated, rewarded and closed")


def _worst_institution(stage: Stage) -> tuple[str, list[Finding]]:
    """The institution with the largest confirmed amount among those whose scores nobody watches."""
    by_institution: dict[str, list[Finding]] = defaultdict(list)
    for finding in stage.confirmed.values():
        if finding["institution_code"] not in stage.institutions_in_use:
            by_institution[finding["institution_code"]].append(finding)
    return max(by_institution.items(), key=lambda entry: sum(f["amount_at_issue_fen"] for f in entry[1]))


async def _look_up(stage: Stage, receipt: str) -> dict[str, Any]:
    """Read the tip as its reporter does, and keep what is new."""
    status: dict[str, Any] = await stage.client.post("/tips/v1/lookup", NOBODY, {"receipt": receipt})
    reward = status["reward"]["state"]
    seen = f"{status['status']}" if reward == "none" else f"{status['status']}/{reward}"
    if not stage.report.tip_life or stage.report.tip_life[-1] != seen:
        stage.report.tip_life.append(seen)
    return status


async def _find_in_queue(stage: Stage, institution: str) -> str:
    async for tip in stage.client.pages("/tips/v1/queue", TIP_HANDLER, {"status": "received"}):
        if tip["reported_institution_code"] == institution:
            return str(tip["tip_id"])
    raise DemoError("the tip is not in the queue")


async def _substantiate(stage: Stage, tip: str, findings: list[Finding]) -> None:
    """Link the findings; they reach tips with the events, so the first answer may be that they are unknown."""
    body = {"finding_ids": [finding["finding_id"] for finding in findings]}
    path = f"/tips/v1/tips/{tip}/substantiation"

    async def linked() -> bool:
        answer = await stage.client.send("POST", path, TIP_HANDLER, json=body)
        if not answer.is_success and answer.status_code != CONFLICT:
            raise DemoError(f"substantiating a tip: {answer.status_code}")
        return answer.is_success

    if not await until(linked):
        raise DemoError("the findings could not be linked to the tip within a minute")


async def _reward(stage: Stage, tip: str, receipt: str) -> None:
    """Propose, approve with two others, claim with the receipt, pay against the token."""
    proposal = await stage.client.post(f"/tips/v1/tips/{tip}/reward-proposal", TIP_HANDLER, {"level": LEVEL})
    await _look_up(stage, receipt)
    for approver in (FIRST_APPROVER, SECOND_APPROVER):
        approval = {"amount_fen": proposal["amount_fen"]}
        await stage.client.post(f"/tips/v1/tips/{tip}/reward-approval", approver, approval)
    await _look_up(stage, receipt)
    claim = await stage.client.post("/tips/v1/lookup/reward-claim", NOBODY, {"receipt": receipt})
    await _look_up(stage, receipt)
    payout = {"payment_token": claim["payment_token"], "reference": "DEMO-0001"}
    transfer = await stage.client.post("/tips/v1/payouts/transfers", PAYER, payout)
    paid = await stage.client.post(f"/tips/v1/payouts/{transfer['payout_id']}/confirmation", SECOND_PAYER, None)
    stage.report.reward_fen = paid["paid_fen"]
    stage.must(paid["paid_fen"] == proposal["amount_fen"], "the reward paid is not the reward approved")

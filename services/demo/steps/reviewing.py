"""Act three: the reviewer reads every finding, upholds what is a violation and dismisses what is none."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.demo.client import REVIEWER, DemoError
from services.demo.stage import Stage
from services.demo.truth import Finding, judge

AT_ONCE = 500
"""Decisions of one request."""
OK = 200


async def review(stage: Stage) -> None:
    """Decide every finding of the day; raises DemoError for a decision that is not taken."""
    findings = await stage.findings()
    verdict = judge(stage.plants, findings)
    upheld = [_decision(finding, "confirm", "复核属实") for finding in verdict.planned]
    dismissed = [_decision(finding, "dismiss", "复核不属实") for finding in verdict.unplanned]
    await _decide(stage, upheld + dismissed)
    stage.confirmed |= {UUID(finding["finding_id"]): finding for finding in verdict.planned}
    stage.report.confirmed = len(stage.confirmed)
    stage.say(f"复核确认 {len(upheld)} 条、驳回 {len(dismissed)} 条", "findings confirmed and dismissed")


def _decision(finding: Finding, decision: str, reason: str) -> dict[str, Any]:
    return {"finding_id": finding["finding_id"], "decision": decision, "reason": reason}


async def _decide(stage: Stage, decisions: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(decisions), AT_ONCE):
        body = {"decisions": decisions[start : start + AT_ONCE]}
        answer = await stage.client.post("/screening/v1/findings/decisions", REVIEWER, body)
        for item in answer["items"]:
            if item["http_status"] != OK:
                raise DemoError(f"a decision was not taken: {item['code']}")

"""The whole demonstration against a running system: eight acts, then the count of what was lost or done twice."""

import time

import httpx
from rich.console import Console

from services.demo.almanac import prepare_day
from services.demo.client import Client, Tokens
from services.demo.day import SEED, SETTLEMENTS
from services.demo.knowledge import Knowledge
from services.demo.report import Report, RuleTally
from services.demo.stage import Stage
from services.demo.steps.following import post_claims_afterwards
from services.demo.steps.posting import post_day
from services.demo.steps.registering import register_county
from services.demo.steps.repeating import repeat_and_reverse
from services.demo.steps.reviewing import review
from services.demo.steps.sanctioning import sanction_physicians
from services.demo.steps.tipping import follow_tip
from services.demo.steps.undoing import overturn
from services.demo.truth import Finding, judge
from services.demo.verify import Audit, Books, until

REQUEST_SECONDS = 300.0
"""Longest wait for one answer; a batch may wait for room."""
REST_SECONDS = 60.0
"""Longest wait for the system to come to rest before the books are read."""


async def run_demo(
    *,
    base_url: str,
    database_url: str,
    tokens: Tokens,
    bus: str,
    settlements: int = SETTLEMENTS,
    seed: int = SEED,
    console: Console | None = None,
) -> Report:
    """Play all acts and return what was measured; ``report.passed`` says whether every promise was kept.

    ``database_url`` must be of a user who may read all schemas; it is read to count, never written. ``tokens`` signs
    tokens that the system accepts. Raises DemoError when an act cannot go on, ValueError for a day too short for what
    is planted, and what httpx raises when the system does not answer.
    """
    began = time.monotonic()
    report = Report(bus=bus, address=base_url)
    books = await Books.open(database_url)
    limits = httpx.Timeout(REQUEST_SECONDS)
    try:
        async with httpx.AsyncClient(base_url=base_url, timeout=limits, trust_env=False) as http:
            almanac = prepare_day(seed=seed, settlements=settlements)
            stage = Stage(Client(http, tokens), books, almanac, report, console or Console(quiet=True))
            stage.plants = list(almanac.plants)
            report.rulebook = almanac.knowledge.version
            report.database = await books.version()
            await register_county(stage)
            await post_day(stage, settlements)
            await review(stage)
            cast = await sanction_physicians(stage)
            await post_claims_afterwards(stage, cast)
            await follow_tip(stage)
            await overturn(stage, cast)
            await repeat_and_reverse(stage)
            await _settle_accounts(stage)
    finally:
        await books.close()
    report.seconds_in_all = round(time.monotonic() - began, 1)
    return report


async def _settle_accounts(stage: Stage) -> None:
    """Wait for rest, then compare what was found with what was planted, and what was posted with what is stored."""
    audits: list[Audit] = []

    async def at_rest() -> bool:
        audits.append(await stage.books.audit(stage.posted))
        return not audits[-1].lost and not audits[-1].outbox_left

    await until(at_rest, seconds=REST_SECONDS)
    audit, report = audits[-1], stage.report
    report.accepted, report.screened = audit.accepted, audit.screened
    report.lost, report.duplicated = audit.lost, audit.duplicated
    report.outbox_left, report.dead_letters = audit.outbox_left, audit.dead_letters
    report.problems += audit.details
    stage.must(not audit.outbox_left, "facts are left in an outbox")
    stage.must(not audit.dead_letters, "events were set aside as dead letters")
    findings = await stage.findings()
    verdict = judge(stage.plants, findings)
    report.findings = len(findings)
    report.planted, report.planted_found = len(stage.plants), verdict.found
    report.false_alarms = len(verdict.unplanned)
    report.missed_plants = verdict.missed
    report.unplanned_findings = [
        f"{one['rule_code']} {one['settlement_id']} {one['text']}" for one in verdict.unplanned
    ]
    report.by_rule = _tally(stage.almanac.knowledge, findings)
    report.findings_by_rule = {tally.rule_code: tally.findings for tally in report.by_rule}


def _tally(knowledge: Knowledge, findings: list[Finding]) -> list[RuleTally]:
    tallies = []
    for rule in knowledge.rules:
        amounts = [finding["amount_at_issue_fen"] for finding in findings if finding["rule_code"] == rule.code]
        if amounts:
            tallies.append(
                RuleTally(
                    rule_code=rule.code,
                    name_zh=rule.name_zh,
                    name_en=rule.name_en,
                    findings=len(amounts),
                    amount_fen=sum(amounts),
                )
            )
    return tallies

"""A death that becomes known after the claims, and one that is corrected away, move what was concluded."""

import asyncio
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.contracts.intake import InsuredPersonChanged
from services.contracts.registry import InsuredPersonPeriod
from services.kit.db import driver
from services.screening import wiring
from services.screening.settings import ScreeningSettings
from services.screening.storage import deaths
from tests.integration.screening.conftest import DAILY, FREQUENCY_RULE, MEN_ONLY, PLAIN, SEX_RULE, rulebook_document

DEATH_RULE = "FW000005"
PERSON = "a" * 32
YESTERDAY, TODAY = date(2026, 3, 9), date(2026, 3, 10)


@pytest.fixture
def settings(settings: ScreeningSettings, tmp_path):
    """The small rulebook with a rule over deaths before all others."""
    document = rulebook_document()
    document["rules"].insert(0, document["rules"][0] | {"code": DEATH_RULE, "kind": "service_after_death"})
    path = tmp_path / "rulebook-deaths.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return settings.model_copy(update={"screening_rulebook": path})


@pytest.fixture
def screen(resources):
    return wiring.build_screen_settlements(resources)


@pytest.fixture
def keep(resources):
    return wiring.build_keep_persons(resources)


@pytest.fixture
def said(claims):
    """A fact about the person; each is stated a minute after the one before."""
    count = 0

    def make(*died, person=PERSON, **fields):
        nonlocal count
        count += 1
        periods = tuple(
            InsuredPersonPeriod(
                effective_from=date(1900, 1, 1) if number == 0 else YESTERDAY + timedelta(days=number),
                sex="female",
                death_date=died_on,
                **fields,
            )
            for number, died_on in enumerate(died)
        )
        event = claims.event(InsuredPersonChanged(insured_ref=person, periods=periods))
        return replace(event, time=claims.now + timedelta(minutes=count))

    return make


async def test_a_claim_that_came_before_the_death_was_registered_is_looked_at_again(
    screen, keep, said, claims, findings_of, published, admin
) -> None:
    claim = claims.accepted(MEN_ONLY, PLAIN, insured_ref=PERSON)
    await screen([claim])
    assert await findings_of(claim.data.settlement_ref) == [(SEX_RULE, "raised")]
    # Entered today, so that only the newest period knows of it; the day of service lies before.
    await keep([said(None, YESTERDAY, death_source="卫生健康委", death_stated_at=claims.now)])
    assert await findings_of(claim.data.settlement_ref) == [
        (DEATH_RULE, "raised"),
        (SEX_RULE, "withdrawn"),
        (SEX_RULE, "raised"),
    ]
    rows = await admin.fetch("select rule_code, amount_at_issue_fen from finding where status = 'raised' order by 1")
    assert [tuple(row) for row in rows] == [(DEATH_RULE, 20_000), (SEX_RULE, 0)], "no fen counts twice"
    outcome = (await published("screening.settlement.screened.v1"))[-1]
    assert (outcome["verdict"], outcome["amount_at_issue_fen"]) == ("refuse", 20_000)
    evidence = json.loads(await admin.fetchval("select evidence from finding where rule_code = $1", DEATH_RULE))
    assert evidence["values"]["registry_source"] == "卫生健康委"


async def test_a_death_that_is_taken_back_takes_its_findings_with_it(
    screen, keep, said, claims, findings_of, published, admin
) -> None:
    await keep([said(YESTERDAY)])
    claim = claims.accepted(insured_ref=PERSON)
    await screen([claim])
    assert await findings_of(claim.data.settlement_ref) == [(DEATH_RULE, "raised")]
    await keep([said(YESTERDAY, None)])
    assert await findings_of(claim.data.settlement_ref) == [(DEATH_RULE, "withdrawn")]
    assert await admin.fetchval("select count(*) from insured_death") == 0
    assert len(await published("screening.finding.withdrawn.v1")) == 1
    later = claims.accepted(insured_ref=PERSON)
    await screen([later])
    assert await findings_of(later.data.settlement_ref) == []


@pytest.mark.parametrize(("died_on", "statuses"), [(TODAY, ["withdrawn"]), (date(2026, 3, 8), ["withdrawn", "raised"])])
async def test_another_day_of_death_is_judged_anew(screen, keep, said, claims, findings_of, died_on, statuses) -> None:
    claim = claims.accepted(insured_ref=PERSON)
    await screen([claim])
    await keep([said(YESTERDAY)])
    await keep([said(died_on)])
    assert [status for _, status in await findings_of(claim.data.settlement_ref)] == statuses


async def test_old_news_and_the_same_news_again_change_nothing(screen, keep, said, claims, findings_of, admin) -> None:
    old, new = said(None), said(YESTERDAY)
    claim = claims.accepted(insured_ref=PERSON)
    await screen([claim])
    await keep([new])
    await keep([new])
    await keep([old])
    moved = said(YESTERDAY, region="110106")
    await keep([moved])
    assert await findings_of(claim.data.settlement_ref) == [(DEATH_RULE, "raised")]
    assert await admin.fetchval("select count(*) from outbox where type = 'screening.finding.raised.v1'") == 1


async def test_what_a_person_decided_about_the_death_stands_while_it_is_charged_after_it(
    screen, keep, said, claims, findings_of, admin
) -> None:
    claim = claims.accepted(insured_ref=PERSON)
    await screen([claim])
    await keep([said(YESTERDAY)])
    await admin.execute(
        "update finding set status = 'confirmed', decided_by = 'r', decided_at = now(), reason = 'x', "
        "amount_upheld_fen = 10000"
    )
    await keep([said(YESTERDAY, death_source="公安")])
    assert await findings_of(claim.data.settlement_ref) == [(DEATH_RULE, "confirmed")]
    await keep([said(TODAY)])
    assert await findings_of(claim.data.settlement_ref) == [(DEATH_RULE, "withdrawn")]


async def test_of_an_old_claim_only_what_needs_no_history_is_judged_again(
    screen, keep, said, claims, findings_of, admin, clock
) -> None:
    person = {"insured_ref": PERSON}
    first, second = claims.accepted(DAILY, **person), claims.accepted(DAILY, **person)
    await screen([first, second])
    clock.advance(timedelta(days=400))
    await admin.execute("truncate remembered_line")
    await keep([said(YESTERDAY)])
    found = await findings_of(second.data.settlement_ref)
    assert found == [(DEATH_RULE, "raised"), (FREQUENCY_RULE, "raised")], "its ground is forgotten, not gone"
    outcome = "select verdict, amount_at_issue_fen from settlement where settlement_ref = $1"
    assert tuple(await admin.fetchrow(outcome, second.data.settlement_ref)) == ("refuse", 20_000)
    await keep([said(TODAY)])
    assert await findings_of(second.data.settlement_ref) == [(DEATH_RULE, "withdrawn"), (FREQUENCY_RULE, "raised")]
    assert tuple(await admin.fetchrow(outcome, second.data.settlement_ref)) == ("review", 10_000)


async def test_a_death_waits_for_the_batch_in_hand_and_then_finds_its_claims(
    resources, screen, keep, said, claims, findings_of
) -> None:
    claim = claims.accepted(insured_ref=PERSON)
    async with resources.database.transaction() as session:
        await deaths.hold(await driver(session))
        waiting = asyncio.create_task(keep([said(YESTERDAY)]))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    await waiting
    await screen([claim])
    assert await findings_of(claim.data.settlement_ref) == [(DEATH_RULE, "raised")]


async def test_a_batch_waits_for_a_death_that_is_being_stored(resources, screen, claims) -> None:
    async with resources.database.transaction() as session:
        await deaths.hold_alone(await driver(session))
        waiting = asyncio.create_task(screen([claims.accepted(insured_ref=PERSON)]))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    await waiting


async def test_news_of_the_living_makes_nobody_wait(resources, keep, said) -> None:
    async with resources.database.transaction() as session:
        await deaths.hold(await driver(session))
        await asyncio.wait_for(keep([said(None)]), 5)


async def test_only_claims_with_a_fee_after_the_death_are_looked_at(screen, keep, said, claims, admin) -> None:
    before = claims.accepted(insured_ref=PERSON, at=claims.now - timedelta(days=3))
    reversed_one = claims.accepted(insured_ref=PERSON)
    await screen([before, reversed_one])
    await admin.execute(
        "update settlement set reversed_at = now() where settlement_ref = $1", reversed_one.data.settlement_ref
    )
    await keep([said(YESTERDAY)])
    assert await admin.fetchval("select count(*) from finding") == 0

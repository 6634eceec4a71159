"""Reversals: what followed from a settlement falls, once, whichever comes first."""

import asyncpg
import pytest

from services.screening import wiring

MEN_ONLY = "XG04CXF014A001010101001"
DAILY = "003310010140001"
SEX_RULE = "GZ10000201001000"
FREQUENCY_RULE = "GZ10000202002000"
CODE_RULE = "GZ10000203003000"


@pytest.fixture
def screen(resources):
    return wiring.build_screen_settlements(resources)


@pytest.fixture
def reverse(resources):
    return wiring.build_reverse_settlements(resources)


async def test_findings_are_withdrawn_once_each(screen, reverse, claims, admin, findings_of, published):
    claim = claims.accepted(MEN_ONLY, DAILY, DAILY)
    await screen([claim])
    reversal = claims.reversed(claim)
    await reverse([reversal])
    await reverse([reversal])
    await reverse([claims.reversed(claim)])
    assert await findings_of(claim.data.settlement_ref) == [(SEX_RULE, "withdrawn"), (FREQUENCY_RULE, "withdrawn")]
    withdrawn = await published("screening.finding.withdrawn.v1")
    assert sorted(fact["finding_id"] for fact in withdrawn) == sorted(
        str(row[0]) for row in await admin.fetch("select id from finding")
    )
    life = await admin.fetch("select status from finding_event order by finding_id, sequence")
    assert [row[0] for row in life] == ["raised", "withdrawn"] * 2


async def test_counts_and_codes_are_given_back(screen, reverse, claims, admin, findings_of):
    person = {"insured_ref": "b" * 32}
    inpatient = claims.accepted(DAILY, traceability=("C7",), care_setting="inpatient", **person)
    await screen([inpatient])
    await reverse([claims.reversed(inpatient)])
    again = claims.accepted(DAILY, traceability=("C7",), **person)
    await screen([again])
    assert await findings_of(again.data.settlement_ref) == []
    assert await admin.fetchval("select count(*) from visit") == 0
    assert [row[0] for row in await admin.fetch("select settlement_ref from remembered_line")] == [
        again.data.settlement_ref
    ]
    third = claims.accepted(traceability=("C7",))
    await screen([third])
    assert await findings_of(third.data.settlement_ref) == [(CODE_RULE, "raised")]


@pytest.mark.parametrize("replays", [1, 3])
async def test_a_reversal_that_comes_before_its_settlement_wins(screen, reverse, claims, admin, published, replays):
    claim = claims.accepted(MEN_ONLY, DAILY, traceability=("C8",))
    await reverse([claims.reversed(claim)])
    for _ in range(replays):
        await screen([claims.event(claim.data)])
        await reverse([claims.reversed(claim)])
    row = await admin.fetchrow("select verdict, reversed_at is not null from settlement")
    assert tuple(row) == (None, True)
    for table in ("finding", "remembered_line", "code_sale"):
        assert await admin.fetchval(f"select count(*) from {table}") == 0
    assert await published("screening.settlement.screened.v1") == []


async def test_a_reversed_settlement_that_arrives_again_is_not_screened_again(screen, reverse, claims, admin):
    claim = claims.accepted(MEN_ONLY)
    await screen([claim])
    await reverse([claims.reversed(claim)])
    await screen([claims.event(claim.data)])
    assert await admin.fetchval("select count(*) from finding") == 1


async def test_a_dismissed_finding_stays_dismissed(resources, screen, reverse, claims, admin, findings_of, published):
    claim = claims.accepted(MEN_ONLY)
    await screen([claim])
    await admin.execute("update finding set status = 'dismissed', decided_by = 'r', decided_at = now(), reason = 'x'")
    await reverse([claims.reversed(claim)])
    assert await findings_of(claim.data.settlement_ref) == [(SEX_RULE, "dismissed")]
    assert await published("screening.finding.withdrawn.v1") == []


@pytest.mark.parametrize("statement", ["update finding_event set by = 'x'", "delete from finding_event"])
async def test_the_history_of_a_finding_only_grows(screen, claims, admin, statement):
    await screen([claims.accepted(MEN_ONLY)])
    with pytest.raises(asyncpg.RaiseError):
        await admin.execute(statement)

"""Partial reversals: what rested on a line that was returned falls with it, the rest stands."""

import asyncio

import pytest
from msgspec.structs import replace

from services.contracts.intake import ReversedLine, SettlementPartlyReversed
from services.kit.db import driver
from services.screening import wiring
from services.screening.storage import claims as kept_claims

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
    return wiring.build_reverse_lines(resources)


@pytest.fixture
def returned(claims, clock):
    """Make the fact that lines of a claim were returned; each line number with what is left of it."""

    def make(claim, *, returned_lines=None, **left: int):
        rest = {int(name.removeprefix("line")): value for name, value in left.items()}
        gone = tuple(number for number, value in rest.items() if value == 0)
        by_number = {line.number: line for line in claim.data.lines}
        return claims.event(
            SettlementPartlyReversed(
                settlement_ref=claim.data.settlement_ref,
                settlement_id=claim.data.settlement_id,
                institution_code=claim.data.institution.code,
                insured_ref=claim.data.insured_ref,
                reversal_id="R1",
                reversed_at=clock.now(),
                amount_fen=1,
                remaining_fen=1,
                lines=tuple(
                    ReversedLine(
                        number=number,
                        item_code=by_number[number].item_code,
                        quantity_e4=by_number[number].quantity_e4 - quantity_e4,
                        amount_fen=by_number[number].amount_fen - quantity_e4,
                        remaining_quantity_e4=quantity_e4,
                        remaining_amount_fen=quantity_e4,
                    )
                    for number, quantity_e4 in rest.items()
                ),
                returned_lines=gone if returned_lines is None else returned_lines,
            )
        )

    return make


async def test_a_finding_falls_when_its_line_is_returned_and_others_stand(
    screen, reverse, claims, returned, findings_of, published
) -> None:
    claim = claims.accepted(MEN_ONLY, DAILY, DAILY)
    await screen([claim])
    fact = returned(claim, line1=0)
    await reverse([fact])
    await reverse([fact])
    assert await findings_of(claim.data.settlement_ref) == [(SEX_RULE, "withdrawn"), (FREQUENCY_RULE, "raised")]
    assert len(await published("screening.finding.withdrawn.v1")) == 1


async def test_what_is_left_of_a_line_is_at_issue_with_the_rest_of_its_amount(
    screen, reverse, claims, returned, findings_of, admin
) -> None:
    claim = claims.accepted(MEN_ONLY, DAILY)
    await screen([claim])
    await reverse([returned(claim, line1=5_000)])
    assert sorted(await findings_of(claim.data.settlement_ref)) == [(SEX_RULE, "raised"), (SEX_RULE, "withdrawn")]
    amounts = await admin.fetch("select status, amount_at_issue_fen from finding order by id")
    assert [tuple(row) for row in amounts] == [("withdrawn", 10_000), ("raised", 5_000)]


async def test_a_finding_over_several_lines_falls_with_the_last_of_them(
    screen, reverse, claims, returned, findings_of
) -> None:
    claim = claims.accepted(DAILY, DAILY)
    await screen([claim])
    await reverse([returned(claim, line1=0)])
    assert await findings_of(claim.data.settlement_ref) == [(FREQUENCY_RULE, "withdrawn")]
    await reverse([returned(claim, line2=0, returned_lines=(1, 2))])
    assert await findings_of(claim.data.settlement_ref) == [(FREQUENCY_RULE, "withdrawn")]


async def test_counts_and_codes_of_a_returned_line_are_given_back(
    screen, reverse, claims, returned, findings_of, admin
) -> None:
    person = {"insured_ref": "b" * 32}
    claim = claims.accepted(DAILY, traceability=("C7",), **person)
    await screen([claim])
    await reverse([returned(claim, line1=0, line2=0)])
    assert await admin.fetchval("select count(*) from remembered_line") == 0
    again = claims.accepted(DAILY, traceability=("C7",), **person)
    await screen([again])
    assert await findings_of(again.data.settlement_ref) == []


async def test_a_line_returned_in_part_counts_with_the_rest(screen, reverse, claims, returned, admin) -> None:
    claim = claims.accepted(DAILY, traceability=("C9",))
    await screen([claim])
    await reverse([returned(claim, line1=2_500)])
    assert await admin.fetchval("select quantity_e4 from remembered_line") == 2_500
    assert await admin.fetchval("select count(*) from code_sale where reversed_at is null") == 1


async def test_whoever_waits_for_a_claim_sees_what_is_left_of_it(screen, resources, claims):
    claim = claims.accepted(MEN_ONLY, DAILY)
    await screen([claim])
    refs = [claim.data.settlement_ref]
    less = replace(claim.data, lines=claim.data.lines[:1])

    async def look() -> int:
        async with resources.database.transaction() as session:
            [kept] = await kept_claims.lock_standing(await driver(session), refs)
            return len(kept.claim.lines)

    async with resources.database.transaction() as session:
        connection = await driver(session)
        await kept_claims.lock_standing(connection, refs)
        await kept_claims.replace(connection, [less])
        waiting = asyncio.create_task(look())
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert await waiting == 1

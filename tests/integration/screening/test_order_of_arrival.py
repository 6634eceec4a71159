"""The findings of a day do not depend on the order in which settlements, reversals and registry facts arrive."""

import json
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.contracts.intake import InsuredPersonChanged
from services.contracts.registry import InsuredPersonPeriod
from services.screening import wiring
from tests.integration.screening.conftest import rulebook_document

HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
DAILY = "003310010140001"
FREQUENCY_RULE = "GZ10000202002000"
CODE_RULE = "GZ10000203003000"
STAY_RULE = "GZ10000204004000"
DEATH_RULE = "FW000005"

ACTIVE = """
select settlement_id, rule_code, line_numbers, amount_at_issue_fen, evidence, text_zh from finding
where status = 'raised' order by settlement_id, rule_code, line_numbers
"""
OUTCOMES = "select settlement_id, verdict, amount_at_issue_fen from settlement where reversed_at is null order by 1"


@pytest.fixture
def settings(settings, tmp_path):
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
def reverse(resources):
    return wiring.build_reverse_settlements(resources)


def day(claims):
    """Settlements of two persons that break limits together, a minute apart."""
    made = []

    def settled(*codes, person="a", **fields):
        minute = timedelta(minutes=len(made))
        made.append(claims.accepted(*codes, insured_ref=person * 32, settled_at=claims.now + minute, **fields))

    stay = {"care_setting": "inpatient", "started_at": claims.now - timedelta(days=3), "ended_at": claims.now}
    settled(DAILY, traceability=("C1", "C2"))
    settled(DAILY, institution=OTHER_HOSPITAL, traceability=("C1",))
    settled(DAILY, DAILY)
    settled(**stay)
    settled(**stay, institution=OTHER_HOSPITAL)
    settled(traceability=("C2",), person="b")
    settled(DAILY, person="b")
    settled(DAILY, person="c")
    return made


def registry(claims):
    """What is said of three persons, oldest first: one died, another's death was corrected, one was never dead."""

    def said(person, minute, died_on, source="卫生健康委"):
        period = InsuredPersonPeriod(
            effective_from=date(1900, 1, 1), sex="female", death_date=died_on, death_source=died_on and source
        )
        event = claims.event(InsuredPersonChanged(insured_ref=person * 32, periods=(period,)))
        return replace(event, time=claims.now + timedelta(minutes=minute))

    yesterday, today = date(2026, 3, 9), date(2026, 3, 10)
    return [
        said("a", 0, None),
        said("a", 1, yesterday),
        said("b", 2, today),
        said("b", 3, yesterday, source="公安"),
        said("c", 4, yesterday),
        said("c", 5, None),
    ]


async def state(admin):
    """What stands at the end."""
    return [tuple(row) for row in await admin.fetch(ACTIVE)], [tuple(row) for row in await admin.fetch(OUTCOMES)]


async def clear(admin):
    """Forget everything that settlements left."""
    await admin.execute(
        "alter table finding_event disable trigger user;"
        "truncate settlement, finding, finding_event, claim, remembered_line, visit, code_sale, inbox, outbox,"
        "registry_entry, insured_death;"
        "alter table finding_event enable trigger user"
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize("reversed_ones", [(), (0,), (1, 3)])
async def test_any_permutation_cut_into_any_batches_leaves_the_same_findings(
    screen, reverse, resources, claims, admin, seed, reversed_ones, registered
):
    arrivals = day(claims)
    reversals = [claims.reversed(arrivals[number]) for number in reversed_ones]
    facts = registry(claims) if registered else []
    keep = wiring.build_keep_persons(resources)

    async def run(order):
        batch = []
        for event in order:
            if event in reversals or event in facts:
                if batch:
                    await screen(batch)
                    batch = []
                await (keep if event in facts else reverse)([event])
            else:
                batch.append(event)
                if chance.random() < 0.5:
                    await screen(batch)
                    batch = []
        if batch:
            await screen(batch)
        return await state(admin)

    chance = random.Random(1)
    expected = await run([*arrivals, *reversals, *facts])
    assert (DEATH_RULE in {row[1] for row in expected[0]}) is registered
    await clear(admin)
    chance = random.Random(seed)
    order = [*arrivals, *reversals, *facts]
    chance.shuffle(order)
    assert await run(order) == expected
    await clear(admin)
    assert await run([*facts, *arrivals, *reversals]) == expected


async def test_the_later_settled_of_two_is_at_issue_even_when_it_came_first(screen, claims, findings_of, published):
    earlier = claims.accepted(DAILY, insured_ref="a" * 32)
    later = claims.accepted(DAILY, insured_ref="a" * 32, settled_at=claims.now)
    await screen([later])
    assert await findings_of(later.data.settlement_ref) == []
    await screen([earlier])
    assert await findings_of(later.data.settlement_ref) == [(FREQUENCY_RULE, "raised")]
    assert await findings_of(earlier.data.settlement_ref) == []
    outcomes = [
        (fact["settlement_id"], fact["verdict"], len(fact.get("finding_ids", [])), fact["traceparent"][3:35])
        for fact in await published("screening.settlement.screened.v1")
    ]
    trace = later.traceparent[3:35]
    assert outcomes == [("S000002", "pass", 0, trace), ("S000001", "pass", 0, trace), ("S000002", "review", 1, trace)]


async def test_what_rested_on_a_reversed_settlement_falls_with_it(screen, reverse, claims, findings_of, admin):
    earlier = claims.accepted(DAILY, traceability=("C1",), insured_ref="a" * 32)
    later = claims.accepted(DAILY, insured_ref="a" * 32, settled_at=claims.now)
    elsewhere = claims.accepted(traceability=("C1",), settled_at=claims.now)
    await screen([earlier, later, elsewhere])
    await reverse([claims.reversed(earlier)])
    assert await findings_of(later.data.settlement_ref) == [(FREQUENCY_RULE, "withdrawn")]
    assert await findings_of(elsewhere.data.settlement_ref) == [(CODE_RULE, "withdrawn")]
    verdicts = await admin.fetch("select verdict, amount_at_issue_fen from settlement where reversed_at is null")
    assert [tuple(row) for row in verdicts] == [("pass", 0), ("pass", 0)]


async def test_what_a_person_decided_is_not_asked_again(screen, claims, findings_of, admin):
    person = {"insured_ref": "a" * 32}
    first = claims.accepted(DAILY, **person)
    last = claims.accepted(DAILY, settled_at=claims.now, **person)
    await screen([first, last])
    await admin.execute(
        "update finding set status = 'confirmed', decided_by = 'r', decided_at = now(), reason = 'x', "
        "amount_upheld_fen = 10000"
    )
    between = claims.accepted(DAILY, settled_at=claims.now - timedelta(minutes=1), **person)
    await screen([between])
    assert await findings_of(last.data.settlement_ref) == [(FREQUENCY_RULE, "confirmed")]
    assert await findings_of(between.data.settlement_ref) == [(FREQUENCY_RULE, "raised")]

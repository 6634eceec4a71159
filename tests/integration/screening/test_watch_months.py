"""A closed month is watched once, again when claims come late; institutions see their own signals."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from services.contracts.intake import InsuredPersonChanged, StockMoved
from services.contracts.registry import InsuredPersonPeriod
from services.kit.ids import new_id
from services.screening import wiring
from services.screening.domain.signal_limits import SignalLimits
from services.screening.rulebooks import read_rulebook
from services.screening.settings import ScreeningSettings
from services.screening.use_cases.watch_months import WatchMonths
from tests.integration.screening.conftest import HOSPITAL, OTHER_HOSPITAL

DRUG = "XA02BCA214A001010100001"
LAST_MONTH = datetime(2026, 2, 10, 3, tzinfo=UTC)


@pytest.fixture
def settings(settings, tmp_path):
    """The bundled rulebook, which knows indicators and stock."""
    return settings.model_copy(update={"screening_rulebook": None})


@pytest.fixture
async def watched(resources, claims):
    """A month of one drug at one hospital, whose stock came to one piece."""
    screen = wiring.build_screen_settlements(resources)
    for number in range(3):
        at = LAST_MONTH + timedelta(days=number)
        await screen([claims.accepted(traceability=(f"M{number}",), at=at)])
    stock = StockMoved(
        movement_ref=new_id(),
        institution_code=HOSPITAL,
        movement_id="1",
        movement_kind="purchase",
        moved_at=LAST_MONTH,
        item_code=DRUG,
        quantity_e4=10_000,
        effect_e4=10_000,
    )
    await wiring.build_keep_stock(resources)([claims.event(stock)])
    return claims


async def raised(admin):
    return [tuple(row) for row in await admin.fetch("select kind, subject, rule_code from signal order by 1, 2")]


async def test_it_is_watched_once_and_again_when_claims_come_late(resources, watched, admin):
    watch = wiring.build_watch_months(resources)
    assert await watch.watch(date(2026, 2, 1))
    assert await raised(admin) == [("stock_balance", f"{HOSPITAL}|{DRUG}", "GZ10000202001000")]
    assert not await watch.watch(date(2026, 2, 1))
    late = watched.accepted(traceability=("M9",), at=LAST_MONTH)
    await wiring.build_screen_settlements(resources)([late])
    assert await watch.watch(date(2026, 2, 1))
    assert await admin.fetchval("select count(*) from signal") == 1
    assert "4 of item" in await admin.fetchval("select text_en from signal")


async def test_the_worker_watches_the_month_before(resources, watched, admin, clock):
    await wiring.build_watch_months(resources)()
    assert await admin.fetchval("select month from watched_month") == date(2026, 2, 1)


async def test_goods_sold_before_the_month_are_no_longer_there(resources, watched, admin, claims):
    def moved(kind, quantity, effect, at):
        return StockMoved(
            movement_ref=new_id(),
            institution_code=HOSPITAL,
            movement_id=f"{kind}{quantity}",
            movement_kind=kind,
            moved_at=at,
            item_code=DRUG,
            quantity_e4=quantity,
            effect_e4=effect,
        )

    before = LAST_MONTH - timedelta(days=30)
    counted = moved("count", 50_000, None, before)
    await wiring.build_keep_stock(resources)([claims.event(counted)])
    await wiring.build_watch_months(resources).watch(date(2026, 2, 1))
    assert await raised(admin) == [], "five were counted and one bought: three may be settled"
    sold = moved("sale", 40_000, -40_000, before + timedelta(days=1))
    await wiring.build_keep_stock(resources)([claims.event(sold)])
    await admin.execute("truncate watched_month")
    await wiring.build_watch_months(resources).watch(date(2026, 2, 1))
    assert len(await raised(admin)) == 1


async def test_an_institution_reads_its_own_signals_and_indicators(resources, watched, client, mint):
    await wiring.build_watch_months(resources).watch(date(2026, 2, 1))
    own, other = (mint.bearer("hospital", institution=code) for code in (HOSPITAL, OTHER_HOSPITAL))
    listed = (await client.get("/screening/v1/signals", headers=own)).json()["items"]
    assert [one["kind"] for one in listed] == ["stock_balance"]
    assert (await client.get("/screening/v1/signals", headers=other)).json()["items"] == []
    asked = f"/screening/v1/indicators?institution={HOSPITAL}&month=2026-02-01"
    indicators = {one["measure"]: one["value"] for one in (await client.get(asked, headers=own)).json()}
    assert indicators["drug_share"] == pytest.approx(0.5)
    assert (await client.get(asked, headers=other)).status_code == 403


def test_the_bundled_rulebook_has_a_rule_for_every_measure():
    measures = [rule["parameters"]["measure"] for rule in read_rulebook()["rules"] if rule["kind"] == "indicator"]
    assert len(set(measures)) == 8


VILLAGE, HOUSEHOLD = "110105001201", "9" * 32


async def registered(resources, claims, *persons, **known):
    """Let the registry say of persons where they live."""
    period = InsuredPersonPeriod(effective_from=date(2026, 3, 1), sex="female", **known)
    facts = [InsuredPersonChanged(insured_ref=person, periods=(period,)) for person in persons]
    await wiring.build_keep_persons(resources)([claims.event(fact) for fact in facts])


def admitted(claims, person, at=LAST_MONTH, **fields):
    """A stay of three days."""
    end = at + timedelta(days=3)
    given = {"insured_ref": person, "care_setting": "inpatient", "medical_type": "21", "ended_at": end}
    return claims.accepted(at=at, **given, **{"settled_at": end} | fields)


async def test_a_village_that_comes_on_one_day_is_seen_by_where_the_registry_says_they_live(resources, claims, admin):
    people = [f"{number:032x}" for number in range(1, 7)]
    await wiring.build_screen_settlements(resources)([admitted(claims, person) for person in people])
    await wiring.build_watch_months(resources).watch(date(2026, 2, 1))
    assert await raised(admin) == []
    await registered(resources, claims, *people, residence_code=VILLAGE)
    await admin.execute("truncate watched_month")
    await wiring.build_watch_months(resources).watch(date(2026, 2, 1))
    ((kind, subject, _),) = await raised(admin)
    assert (kind, subject.split("|")[:2]) == ("village_admission", [HOSPITAL, "2026-02-10"])
    stored = await admin.fetchrow("select evidence::text, text_zh, text_en, institution_code from signal")
    assert len(json.loads(stored[0])["settlements"]) == 6
    assert VILLAGE not in "".join(stored)


async def test_a_household_that_comes_every_month_is_seen_in_what_is_remembered_of_earlier_months(
    resources, claims, admin, clock
):
    people = ["1" * 32, "2" * 32]
    await registered(resources, claims, *people, household_ref=HOUSEHOLD)
    screen, reverse = wiring.build_screen_settlements(resources), wiring.build_reverse_settlements(resources)
    stays = [
        admitted(claims, person, LAST_MONTH - timedelta(days=30 * months)) for months in (0, 1, 2) for person in people
    ]
    await screen(stays)
    await wiring.build_watch_months(resources).watch(date(2026, 2, 1))
    rows = await admin.fetch("select kind, evidence::text from signal where kind = 'household_stays'")
    evidence = json.loads(rows[0][1])
    assert (evidence["value"], len(evidence["settlements"])) == (3, 6)
    await reverse([claims.reversed(stays[-1])])
    await admin.execute("truncate watched_month")
    await wiring.build_watch_months(resources).watch(date(2026, 2, 1))
    assert await admin.fetchval("select count(*) from signal where kind = 'household_stays'") == 0


async def test_limits_are_settings(resources, settings, claims, admin):
    people = [f"{number:032x}" for number in range(1, 4)]
    await registered(resources, claims, *people, residence_code=VILLAGE)
    await wiring.build_screen_settlements(resources)([admitted(claims, person) for person in people])
    given = settings.model_copy(update={"screening_signal_limits": "village_admissions=3 household_months=2"})
    await wiring.build_watch_months(replace(resources, settings=given)).watch(date(2026, 2, 1))
    assert [kind for kind, _, _ in await raised(admin)] == ["village_admission"]
    with pytest.raises(ValidationError):
        ScreeningSettings(database_url=settings.database_url, screening_signal_limits="vilage_admissions=3")


async def test_an_institution_is_held_against_its_own_past_and_its_peers(resources, claims, admin):
    screen, watch = wiring.build_screen_settlements(resources), wiring.build_watch_months(resources)
    hospitals = [f"H1101050001{number}" for number in range(6)]
    january = LAST_MONTH - timedelta(days=31)

    def month(at, times):
        return [
            claims.accepted(*["003310010140009"] * count, institution=hospital, at=at)
            for hospital, count in zip(hospitals, times, strict=True)
        ]

    await screen(month(january, [2] * 6))
    assert await watch.watch(date(2026, 1, 1))
    stored = await admin.fetch("select measure, sum(amount_fen)::bigint from institution_month group by 1 order by 1")
    assert [tuple(row) for row in stored] == [
        ("high_value_consumables", 0),
        ("monitored_drugs", 0),
        ("total", 120_000),
    ]
    await screen(month(LAST_MONTH, [6, 2, 2, 2, 2, 2]))
    limits = SignalLimits(institution_growth_fen=1)
    current = resources.current_plan
    await WatchMonths(resources.database, resources.clock, current, limits=limits).watch(date(2026, 2, 1))
    grown = [(kind, subject) for kind, subject, _ in await raised(admin) if kind == "institution_growth"]
    assert grown == [("institution_growth", f"{hospitals[0]}|total")]

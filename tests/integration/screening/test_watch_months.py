"""A closed month is watched once, again when claims come late; institutions see their own signals."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.contracts.intake import StockMoved
from services.kit.ids import new_id
from services.screening import wiring
from services.screening.rulebooks import read_rulebook
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

"""Gaps in msgids and in settlement ids, and institutions that fell silent, over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support import fsi
from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, settlement


async def test_a_message_that_never_came_leaves_a_gap(client, hospital, app, mint) -> None:
    for number in [*range(1, 8), *range(10, 16)]:
        sent = fsi.message("9001", {"signIn": {"opter_no": "1"}}, msgid=f"{HOSPITAL}2026031010{number:04d}{number:04d}")
        await client.post(fsi.PATH, json=sent, headers=hospital)
    await app.state.resources.activity.flush()
    answer = await client.get(f"/intake/v1/institutions/{HOSPITAL}/gaps?day=2026-03-10", headers=hospital)
    series = answer.json()["messages"]
    assert (series["state"], series["seen"], series["missing"]) == ("serial", 13, 2)
    assert [(gap["after"][-4:], gap["before"][-4:]) for gap in series["gaps"]] == [("0007", "0010")]
    for caller, status in (
        (mint.bearer("hospital", institution=OTHER_HOSPITAL), 403),
        (mint.bearer("reviewer", region="310000"), 404),
        (mint.bearer("reviewer", region="110000"), 200),
    ):
        answer = await client.get(f"/intake/v1/institutions/{HOSPITAL}/gaps?day=2026-03-10", headers=caller)
        assert answer.status_code == status


async def test_settlements_that_are_numbered_one_after_the_other_have_gaps_too(client, exchange, app) -> None:
    for number in range(12):
        if number != 5:
            body = settlement(f"MZ{number:06d}")
            assert (await client.post("/intake/v1/settlements", json=body, headers=exchange)).status_code == 201
    answer = await client.get(f"/intake/v1/institutions/{HOSPITAL}/gaps?day=2026-03-09", headers=exchange)
    series = answer.json()["settlements"]
    assert (series["seen"], series["missing"]) == (11, 1)


async def test_who_usually_sends_and_does_not_is_reported(client, clock, app, mint) -> None:
    activity, watch = app.state.resources.activity, app.state.resources.watch_activity
    today = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
    for days in range(20, -1, -1):
        clock.instant = today - timedelta(days=days)
        for code in (HOSPITAL, OTHER_HOSPITAL):
            if days or code == OTHER_HOSPITAL:
                activity.settlements(code)
        await activity.flush()
    clock.instant = today + timedelta(minutes=90)
    reviewer = mint.bearer("reviewer", region="110000")
    [silent] = (await client.get("/intake/v1/silent-institutions", headers=reviewer)).json()
    assert (silent["institution_code"], silent["usual_days"]) == (HOSPITAL, 10)
    elsewhere = mint.bearer("reviewer", region="310000")
    assert (await client.get("/intake/v1/silent-institutions", headers=elsewhere)).json() == []
    await watch.measure()
    activity.settlements(HOSPITAL)
    await activity.flush()
    assert (await client.get("/intake/v1/silent-institutions", headers=reviewer)).json() == []
    clock.instant = datetime(2026, 3, 14, 7, 30, tzinfo=UTC)
    reviewer = mint.bearer("reviewer", region="110000")
    assert (await client.get("/intake/v1/silent-institutions", headers=reviewer)).json() == [], "a Saturday"


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-02", "9999-12-31"])
async def test_no_day_is_looked_up_beyond_what_a_calendar_of_settlements_has(client, hospital, day) -> None:
    answer = await client.get(f"/intake/v1/institutions/{HOSPITAL}/gaps", params={"day": day}, headers=hospital)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/day")

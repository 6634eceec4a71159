"""When intake took a settlement is in its fact, and makes a resend no other settlement."""

import json
from datetime import timedelta
from typing import Any

from tests.support import fsi
from tests.support.intake import HOSPITAL, settlement

STATED = "select payload from outbox where type = 'intake.settlement.accepted.v1' order by sequence"


async def test_a_resend_next_day_is_still_the_same(accept, clock, rows) -> None:
    [first] = await accept(settlement("S1"))
    clock.advance(timedelta(days=1))
    [second] = await accept(settlement("S1"))
    assert (first.status, second.status) == ("created", "same")
    [other] = await accept(settlement("S1", medical_type="12"))
    assert other.status == "conflict"
    [row] = await rows(STATED)
    assert json.loads(row["payload"])["received_at"] == "2026-03-10T02:00:00Z"


async def test_a_visit_was_received_when_its_settlement_came_and_not_when_its_last_part_did(
    http, mint, clock, rows
) -> None:
    async def send(body: dict[str, Any]) -> None:
        caller = mint.bearer("hospital", institution=HOSPITAL)
        assert (await http.post(fsi.PATH, json=body, headers=caller)).json()["infcode"] == "0"

    for part in (fsi.registration(), fsi.visit_information(), fsi.settlement()):
        await send(part)
    clock.advance(timedelta(days=2))
    await send(fsi.lines())
    [row] = await rows(STATED)
    assert json.loads(row["payload"])["received_at"] == "2026-03-10T02:00:00Z"

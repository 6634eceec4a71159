"""Webhooks over HTTP, delivered to a real server on this machine: signed, in order, tried again, never skipped."""

import asyncio
import base64
import hashlib
import hmac
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from services.credit.app import create_app
from services.credit.settings import CreditSettings
from services.credit.use_cases import run_webhooks
from services.credit.wiring import build_run_webhooks
from services.kit.testing.tokens import TokenMint
from tests.conftest import running
from tests.e2e.credit.conftest import Desk
from tests.e2e.credit.test_changes_api import HOSPITAL, OTHER, state, two_places
from tests.integration.credit.service import Credit
from tests.support.receiver import receiving

ROOT = Path(__file__).resolve().parents[3]
KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(run_webhooks, "PAUSE_SECONDS", 0.02)


@pytest.fixture
def settings(database_url, clock, tmp_path):
    mint = TokenMint(clock)
    return mint, CreditSettings(
        database_url=database_url,
        state_directory=tmp_path,
        jwks=str(mint.write_jwks(tmp_path)),
        credit_webhook_key=KEY,
        credit_webhook_networks="127.0.0.0/8",
        credit_webhook_http=True,
        credit_webhook_timeout_seconds=1,
        credit_webhook_pause_attempts=3,
        credit_webhook_pause_days=1,
    )


@pytest.fixture
async def desk(settings, clock):
    mint, made = settings
    app = create_app(made, clock=clock)
    async with running(app) as client:
        yield Desk(client, mint, Credit(app.state.resources, clock))


@pytest.fixture
async def receiver():
    async with receiving() as found:
        yield found


@asynccontextmanager
async def delivering(desk):
    """Deliver until the block ends; what was under way is finished."""
    stop = asyncio.Event()
    run = build_run_webhooks(desk.facts.resources)
    task = asyncio.create_task(run(stop))
    try:
        yield run
    finally:
        stop.set()
        await task


async def call(desk, method, path, body=None, *, as_=None):
    headers = as_ or desk.mint.bearer("agency_system")
    return await desk.client.request(method, f"/credit/v1/webhooks{path}", json=body, headers=headers)


async def subscribe(desk, receiver, path="", *, as_=None, **fields):
    answer = await call(desk, "POST", "", {"url": receiver.url + path, **fields}, as_=as_)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def stated(desk, number, key=HOSPITAL):
    return [await state(desk.facts.resources.database, key=key) for _ in range(number)]


async def settled(desk, webhook_id, seconds=8.0, **wanted):
    """Return the subscription once it is as wanted."""
    async with asyncio.timeout(seconds):
        while True:
            found = (await call(desk, "GET", f"/{webhook_id}")).json()
            if all(found[name] == value for name, value in wanted.items()):
                return found
            await asyncio.sleep(0.02)


async def log(desk, webhook_id):
    entries = (await call(desk, "GET", f"/{webhook_id}/deliveries")).json()["items"]
    return [(one["event_id"], one["number"], one["outcome"], one["status"]) for one in reversed(entries)]


def signed_by(request, secret):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in request.headers["webhook-signature"].split(" ")


async def test_a_fact_is_delivered_signed_and_as_the_feed_tells_it(desk, receiver, clock):
    made = await subscribe(desk, receiver)
    await two_places(desk)
    await desk.facts.score_points(10)
    async with delivering(desk):
        came = await receiver.wait_for(4)
    feed = (await desk.get("/changes")).json()["items"]
    assert [one.event["id"] for one in came] == [one["id"] for one in feed] == receiver.ids()
    assert [{**one.event, "time": None} for one in came] == [{**one, "time": None} for one in feed]
    assert all(signed_by(one, made["secret"]) for one in came)
    assert not signed_by(came[0], "whsec_" + KEY)
    assert came[0].headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
    assert came[0].headers["content-type"] == "application/json"
    assert [entry[2:] for entry in await log(desk, made["webhook_id"])] == [("delivered", 204)] * 4
    # Nothing is told twice.
    async with delivering(desk):
        await asyncio.sleep(0.5)
    assert len(receiver.received) == 4


async def test_a_secret_is_shown_once_and_stored_sealed(desk, receiver):
    made = await subscribe(desk, receiver)
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    assert len(secret) == 32
    for path in ("", f"/{made['webhook_id']}"):
        assert made["secret"] not in (await call(desk, "GET", path)).text
    (row,) = await desk.facts.rows("select secret from webhook")
    assert secret not in row.secret


async def test_both_secrets_sign_until_the_overlap_is_over(desk, receiver, clock):
    made = await subscribe(desk, receiver)
    rotated = (await call(desk, "POST", f"/{made['webhook_id']}/secret", {"overlap_hours": 2})).json()
    assert rotated["secret"] != made["secret"]
    async with delivering(desk):
        await stated(desk, 1)
        await receiver.wait_for(1)
        clock.advance(timedelta(hours=2))
        await stated(desk, 1)
        during, later = await receiver.wait_for(2)
    assert [signed_by(during, one["secret"]) for one in (made, rotated)] == [True, True]
    assert [signed_by(later, one["secret"]) for one in (made, rotated)] == [False, True]


async def test_what_fails_is_tried_again_later_and_holds_back_what_follows(desk, receiver, clock):
    made = await subscribe(desk, receiver)
    answers = [(500, {}), (429, {"Retry-After": "60"}), (204, {})]
    receiver.answer = lambda _: answers.pop(0) if answers else (204, {})
    async with delivering(desk):
        first, second = await stated(desk, 2)
        await settled(desk, made["webhook_id"], failures=1)
        clock.advance(timedelta(seconds=4))
        await asyncio.sleep(0.4)
        assert receiver.ids() == [first]
        clock.advance(timedelta(seconds=3))
        await settled(desk, made["webhook_id"], failures=2)
        clock.advance(timedelta(seconds=50))
        await asyncio.sleep(0.4)
        assert receiver.ids() == [first, first]
        clock.advance(timedelta(seconds=60))
        await settled(desk, made["webhook_id"], failures=0, failing_since=None)
        await receiver.wait_for(4)
    assert receiver.ids() == [first, first, first, second]
    assert await log(desk, made["webhook_id"]) == [
        (first, 1, "refused", 500),
        (first, 2, "refused", 429),
        (first, 3, "delivered", 204),
        (second, 1, "delivered", 204),
    ]


async def test_a_dead_receiver_pauses_visibly_and_resumes_where_it_stopped(desk, receiver, clock):
    made = await subscribe(desk, receiver)
    receiver.answer = lambda _: (503, {})
    async with delivering(desk):
        facts = await stated(desk, 2)
        for failures in (1, 2, 3):
            await settled(desk, made["webhook_id"], failures=failures)
            clock.advance(timedelta(hours=13))
        paused = await settled(desk, made["webhook_id"], state="paused")
        assert (paused["state_reason"], paused["failures"]) == ("unreachable", 3)
        facts += await stated(desk, 1)
        clock.advance(timedelta(days=30))
        await asyncio.sleep(0.4)
        assert receiver.ids() == [facts[0]] * 3
        receiver.answer = lambda _: (200, {})
        resumed = (await call(desk, "PATCH", f"/{made['webhook_id']}", {"state": "active"})).json()
        assert (resumed["state"], resumed["failures"]) == ("active", 0)
        await receiver.wait_for(6)
    assert receiver.ids()[3:] == facts
    states = desk.facts.resources and (await desk.client.get("/credit/metrics")).text
    assert 'credit_webhook_acts_total{act="unreachable"' in states


async def test_gone_ends_a_subscription_for_good(desk, receiver):
    made = await subscribe(desk, receiver)
    receiver.answer = lambda _: (410, {})
    async with delivering(desk):
        await stated(desk, 2)
        ended = await settled(desk, made["webhook_id"], state="ended")
        await asyncio.sleep(0.4)
    assert (ended["state_reason"], len(receiver.received)) == ("gone", 1)
    refused = await call(desk, "PATCH", f"/{made['webhook_id']}", {"state": "active"})
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_ended")


async def test_a_redirection_is_not_followed(desk, receiver):
    made = await subscribe(desk, receiver)
    receiver.answer = lambda _: (307, {"Location": receiver.url + "-elsewhere"})
    async with delivering(desk):
        (fact,) = await stated(desk, 1)
        await settled(desk, made["webhook_id"], failures=1)
    assert await log(desk, made["webhook_id"]) == [(fact, 1, "redirected", 307)]
    assert receiver.ids("/hook-elsewhere") == []


async def test_replay_delivers_again_from_any_event_on(desk, receiver):
    made = await subscribe(desk, receiver)
    async with delivering(desk):
        facts = await stated(desk, 3)
        await receiver.wait_for(3)
        cursor = receiver.received[1].event["cursor"]
        for body, expected in (
            ({"from_event": facts[1]}, facts[1:]),
            ({"since": cursor}, facts[2:]),
            ({"since": "start"}, facts),
        ):
            receiver.received.clear()
            answer = await call(desk, "POST", f"/{made['webhook_id']}/replay", body)
            assert answer.status_code == 200, answer.text
            await receiver.wait_for(len(expected))
            await asyncio.sleep(0.3)
            assert receiver.ids() == expected
    both = await call(desk, "POST", f"/{made['webhook_id']}/replay", {"since": "start", "from_event": facts[0]})
    assert (both.status_code, both.json()["errors"][0]["code"]) == (422, "one_of_both")


async def test_a_replay_while_an_attempt_is_under_way_is_not_lost(desk, receiver):
    made = await subscribe(desk, receiver)
    async with delivering(desk):
        facts = await stated(desk, 2)
        await receiver.wait_for(2)
        receiver.delay = 0.5
        (third,) = await stated(desk, 1)
        await receiver.wait_for(3)
        await call(desk, "POST", f"/{made['webhook_id']}/replay", {"since": "start"})
        receiver.delay = 0
        await receiver.wait_for(6)
    assert receiver.ids()[3:] == [*facts, third]


async def test_a_slow_receiver_delays_nobody_else(desk, receiver):
    async with receiving() as slow:
        slow.delay = 0.9
        await subscribe(desk, slow)
        await subscribe(desk, receiver)
        async with delivering(desk):
            facts = await stated(desk, 20)
            await receiver.wait_for(20, seconds=4)
            assert len(slow.received) <= 4
    assert receiver.ids() == facts


async def test_a_subscription_gets_its_kinds_its_region_and_its_institution_only(desk, receiver):
    await two_places(desk)
    hospital, region = desk.mint.bearer("hospital"), desk.mint.bearer("agency_system", region="330000")
    await subscribe(desk, receiver, "/kinds", kinds=["credit.practitioner.suspended.v1"])
    await subscribe(desk, receiver, "/asked", region="33")
    await subscribe(desk, receiver, "/own", as_=hospital)
    await subscribe(desk, receiver, "/bound", as_=region)
    far = await stated(desk, 1, key=OTHER)
    await desk.facts.score_points(10)
    async with delivering(desk):
        await receiver.wait_for(4, "/hook/own")
        await receiver.wait_for(1, "/hook/kinds")
        await receiver.wait_for(1, "/hook/bound")
        await receiver.wait_for(1, "/hook/asked")
        await asyncio.sleep(0.3)
    assert receiver.ids("/hook/bound") == receiver.ids("/hook/asked") == far
    assert len(receiver.ids("/hook/own")) == 4
    assert [one.event["type"] for one in receiver.received if one.path == "/hook/kinds"] == [
        "credit.practitioner.suspended.v1"
    ]
    outside = await call(desk, "POST", "", {"url": receiver.url, "region": "110105"}, as_=region)
    assert (outside.status_code, outside.json()["code"]) == (403, "other_region")


async def test_a_subscription_of_another_is_not_there(desk, receiver):
    made = await subscribe(desk, receiver, as_=desk.mint.bearer("hospital"))
    path = f"/{made['webhook_id']}"
    for stranger in (
        desk.mint.bearer("hospital", institution=OTHER),
        desk.mint.bearer("agency_system", region="330000"),
    ):
        for method, under, body in (
            ("GET", "", None),
            ("PATCH", "", {"description": "x"}),
            ("DELETE", "", None),
            ("POST", "/secret", {}),
            ("POST", "/replay", {"since": "start"}),
            ("POST", "/ping", None),
            ("GET", "/deliveries", None),
        ):
            answer = await call(desk, method, path + under, body, as_=stranger)
            assert (answer.status_code, answer.json()["code"]) == (404, "webhook_unknown"), (method, under)
        assert (await call(desk, "GET", "", as_=stranger)).json()["items"] == []
    assert (await call(desk, "DELETE", path, as_=desk.mint.bearer("hospital"))).status_code == 204
    assert (await call(desk, "GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://10.0.0.1/", "url_address"),
        ("http://169.254.169.254/latest", "url_address"),
        ("http://[::1]/", "url_address"),
        ("ftp://127.0.0.1/", "url_scheme"),
        ("http://a:b@127.0.0.1/", "url_form"),
    ],
)
async def test_an_address_inside_is_refused(desk, receiver, url, code):
    answer = await call(desk, "POST", "", {"url": url})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    made = await subscribe(desk, receiver)
    changed = await call(desk, "PATCH", f"/{made['webhook_id']}", {"url": url})
    assert changed.status_code == 422


async def test_a_test_message_is_sent_at_once_and_changes_nothing(desk, receiver):
    made = await subscribe(desk, receiver)
    pinged = (await call(desk, "POST", f"/{made['webhook_id']}/ping")).json()
    (came,) = receiver.received
    assert (pinged["outcome"], pinged["status"], came.event["type"]) == ("delivered", 204, "credit.webhook.ping.v1")
    assert signed_by(came, made["secret"])
    assert (await call(desk, "GET", f"/{made['webhook_id']}")).json() == {
        name: value for name, value in made.items() if name != "secret"
    }


async def test_two_workers_deliver_each_fact_once_and_in_order(desk, receiver):
    facts = await stated(desk, 20)
    await subscribe(desk, receiver, since=facts[9])
    await subscribe(desk, receiver, "/later")
    async with delivering(desk), delivering(desk):
        facts += await stated(desk, 20)
        await receiver.wait_for(30)
        await receiver.wait_for(20, "/hook/later")
        await asyncio.sleep(0.3)
    assert receiver.ids() == facts[10:]
    assert receiver.ids("/hook/later") == facts[20:]


async def test_a_lease_that_another_took_over_moves_nothing(desk, receiver):
    """A worker that stalled beyond its lease must not write over the one that took its place."""
    await subscribe(desk, receiver)
    facts = await stated(desk, 3)
    receiver.delay = 0.6
    async with delivering(desk):
        await receiver.wait_for(1)
        await expire(desk)
        async with delivering(desk):
            await receiver.wait_for(2)
            receiver.delay = 0
            await receiver.wait_for(4)
            await asyncio.sleep(0.8)
    ids = receiver.ids()
    # The first was told twice, the others once, and all in order.
    assert ids == [facts[0], *facts]


async def test_without_a_key_there_are_no_webhooks_but_the_feed(settings, clock, receiver):
    mint, made = settings
    off = made.model_copy(update={"credit_webhook_key": SecretStr("")})
    app = create_app(off, clock=clock)
    async with running(app) as client:
        headers = mint.bearer("agency_system")
        refused = await client.post("/credit/v1/webhooks", json={"url": receiver.url}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "webhooks_off")
        assert build_run_webhooks(app.state.resources) is None
        assert (await client.get("/credit/v1/changes", headers=headers)).status_code == 200


async def test_a_worker_that_is_killed_in_the_middle_skips_nothing(desk, receiver, clock, database_url, tmp_path):
    """The killed worker's lease runs out, and another goes on with the fact it was at."""
    made = await subscribe(desk, receiver)
    facts = await stated(desk, 12)
    receiver.delay = 0.05
    script = """
import asyncio
from services.credit.settings import CreditSettings
from services.credit.wiring import build_run_webhooks, open_resources
async def main():
    async with open_resources(CreditSettings()) as resources:
        await build_run_webhooks(resources)(asyncio.Event())
asyncio.run(main())
"""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "FUNDWARDEN_DATABASE_URL": database_url,
        "FUNDWARDEN_STATE_DIRECTORY": str(tmp_path),
        "FUNDWARDEN_CREDIT_WEBHOOK_KEY": KEY,
        "FUNDWARDEN_CREDIT_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "FUNDWARDEN_CREDIT_WEBHOOK_HTTP": "true",
        "FUNDWARDEN_CREDIT_WEBHOOK_TIMEOUT_SECONDS": "1",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, env=environment)
    await receiver.wait_for(5, seconds=20)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    told = len(receiver.received)
    assert told < len(facts)
    # The killed worker went by the real time.
    clock.advance(datetime.now(UTC) - clock.now() + timedelta(seconds=1))
    async with delivering(desk):
        await asyncio.sleep(0.5)
        # The lease of the dead worker still stands.
        assert len(receiver.received) == told
        await expire(desk)
        await settled(desk, made["webhook_id"], cursor=(await desk.get("/changes")).json()["next_since"])
    ids = receiver.ids()
    assert list(dict.fromkeys(ids)) == facts
    assert len(ids) <= len(facts) + 1


async def expire(desk):
    """Let time pass on the database's clock."""
    resources = desk.facts.resources
    async with resources.database.transaction() as session:
        await session.execute(sa.text("update webhook set leased_until = now() - interval '1 second'"))

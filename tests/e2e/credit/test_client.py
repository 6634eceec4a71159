"""The Python client against the running service: a real server, a real database, and its published interface."""

import asyncio
import inspect
from contextlib import asynccontextmanager
from datetime import datetime
from types import NoneType
from typing import get_args, get_origin
from uuid import UUID

import httpx
import msgspec
import pytest

import fundwarden_client
from fundwarden_client import (
    AsyncCreditClient,
    CreditClient,
    CreditProblem,
    WebhookInvalid,
    operations,
    verify_webhook,
)
from fundwarden_client.models import Change
from services.credit.app import create_app
from services.credit.domain.webhook import shown_secret, signed_headers
from services.credit.settings import CreditSettings
from services.credit.wiring import build_run_webhooks
from services.kit.ids import new_id
from services.kit.server import bound_port, make_server, serve
from services.kit.testing.tokens import TokenMint
from tests.e2e.credit.test_changes_api import PHYSICIAN, state, two_places
from tests.e2e.credit.test_webhooks_api import KEY
from tests.integration.credit.service import HOSPITAL, Credit
from tests.support.receiver import receiving

EXAMPLE_ARGUMENTS = {
    "annual_rating": (HOSPITAL, 2025),
    "annual_ratings": (2025,),
    "create_webhook": ("https://agency.example/hook",),
    "eligibilities": ([PHYSICIAN],),
    "eligibility": (PHYSICIAN,),
    "practitioner": (PHYSICIAN,),
    "public_ratings": (2025,),
    "sanction": (new_id(),),
}
CALLS = {
    name: getattr(operations, name)(*EXAMPLE_ARGUMENTS.get(name, (new_id(),) if "webhook_id" in parameters else ()))
    for name in fundwarden_client.__all__
    if inspect.isfunction(getattr(operations, name, None))
    for parameters in [inspect.signature(getattr(operations, name)).parameters]
}


class Running:
    """The service on a port of this machine."""

    def __init__(self, url, facts, mint):
        self.url = url
        self.facts = facts
        self.mint = mint

    def token(self, role="agency_system", **claims):
        return self.mint.token(role, **claims)

    def client(self, **options):
        return CreditClient(self.url, self.token(), **options)


@asynccontextmanager
async def served(app):
    stop = asyncio.Event()
    server = make_server(app, host="127.0.0.1", port=0)
    running = asyncio.create_task(serve(server, stop))
    while not server.started and not running.done():
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{bound_port(server)}"
    finally:
        stop.set()
        await running


@pytest.fixture
async def service(database_url, clock, tmp_path):
    mint = TokenMint(clock)
    settings = CreditSettings(
        database_url=database_url,
        state_directory=tmp_path,
        jwks=str(mint.write_jwks(tmp_path)),
        credit_webhook_key=KEY,
        credit_webhook_networks="127.0.0.0/8",
        credit_webhook_http=True,
    )
    app = create_app(settings, clock=clock)
    async with served(app) as url:
        yield Running(url, Credit(app.state.resources, clock), mint)


async def test_what_is_asked_comes_typed(service):
    await two_places(service)
    sanction_id, _ = await service.facts.score_points(10)

    def ask():
        with service.client() as credit:
            return [
                credit.call(operations.eligibility(PHYSICIAN)),
                credit.call(operations.eligibilities([PHYSICIAN, "D999999999999"])).items,
                credit.call(operations.practitioner(PHYSICIAN)),
                credit.call(operations.practitioners(limit=1)),
                credit.call(operations.sanction(sanction_id)),
                credit.call(operations.annual_ratings(2025)).items,
                credit.call(operations.public_penalties()).items,
                credit.call(operations.public_ratings(2025)).items,
            ]

    one, both, file, page, sanction, ratings, penalties, grades = await asyncio.to_thread(ask)
    assert (one.eligible, one.status, one.emergency_excepted) == (False, "suspended", True)
    assert [answer.status for answer in both] == ["suspended", "unknown"]
    assert (file.points, file.entries[0].sanction_id, file.measures[0].kind) == (10, sanction_id, "suspension")
    assert isinstance(file.measures[0].effective_from, datetime)
    assert (page.items[0].practitioner_code, page.next_cursor is None) == (PHYSICIAN, False)
    assert sanction.entries == file.entries
    assert (ratings, grades) == ((), ())
    assert [penalty.institution_code for penalty in penalties] == [HOSPITAL]


async def test_the_feed_is_read_to_its_end_and_goes_on_where_it_stopped(service, monkeypatch):
    monkeypatch.setattr(fundwarden_client.client, "PAGE", 2)
    facts = [await state(service.facts.resources.database) for _ in range(5)]

    def read(since=None):
        with service.client() as credit:
            return list(credit.changes(since=since))

    first = await asyncio.to_thread(read)
    assert [str(change.id) for change in first] == facts
    assert [str(change.id) for change in await asyncio.to_thread(read, first[2].cursor)] == facts[3:]
    async with AsyncCreditClient(service.url, service.token) as credit:
        assert [change async for change in credit.changes(since=first[3].id)] == first[4:]
        following = credit.changes(since=first[-1].cursor, follow=True)
        coming = asyncio.create_task(anext(following))
        await asyncio.sleep(0.3)
        late = await state(service.facts.resources.database)
        assert str((await asyncio.wait_for(coming, 5)).id) == late
        await following.aclose()


async def test_webhooks_are_kept_and_what_they_deliver_is_verified(service):
    async with receiving() as receiver, AsyncCreditClient(service.url, service.token) as credit:
        made = await credit.call(operations.create_webhook(receiver.url, description="省平台"))
        assert (await credit.call(operations.ping_webhook(made.webhook_id))).outcome == "delivered"
        stop = asyncio.Event()
        delivering = asyncio.create_task(build_run_webhooks(service.facts.resources)(stop))
        fact = await state(service.facts.resources.database)
        ping, came = await receiver.wait_for(2)
        stop.set()
        await delivering
        now = service.facts.clock.now().timestamp()
        assert verify_webhook(ping.body, ping.headers, made.secret, now=now).cursor is None
        change = verify_webhook(came.body, came.headers, made.secret, now=now)
        assert str(change.id) == fact
        assert change == [one async for one in credit.changes()][-1]
        rotated = await credit.call(operations.rotate_secret(made.webhook_id))
        assert verify_webhook(came.body, came.headers, [rotated.secret, made.secret], now=now) == change
        (delivery,) = (await credit.call(operations.webhook_deliveries(made.webhook_id))).items
        assert (delivery.outcome, delivery.event_id) == ("delivered", change.id)
        paused = await credit.call(operations.change_webhook(made.webhook_id, state="paused"))
        assert (paused.state, paused.state_reason) == ("paused", "requested")
        replayed = await credit.call(operations.replay_webhook(made.webhook_id, from_event=change.id))
        assert replayed.cursor != paused.cursor
        assert (await credit.call(operations.webhooks())).items == (
            await credit.call(operations.webhook(made.webhook_id)),
        )
        assert await credit.call(operations.delete_webhook(made.webhook_id)) is None


def signed(secret=b"s" * 32, body=b'{"id":"%s","type":"t","time":"2026-03-10T02:00:00Z","cursor":null,"data":{}}'):
    content = body % str(UUID(int=1)).encode() if b"%s" in body else body
    headers = signed_headers([secret], "m", datetime.fromisoformat("2026-03-10T02:00:00+00:00"), content)
    return content, headers, shown_secret(secret), 1773108000.0


def test_a_message_is_the_event_when_the_signature_is_right():
    body, headers, secret, now = signed()
    title_case = {name.title(): value for name, value in headers.items()}
    assert isinstance(verify_webhook(body, title_case, secret, now=now), Change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: m | {"body": m["body"] + b" "}, "signature"),
        (lambda m: m | {"secret": shown_secret(b"t" * 32)}, "signature"),
        (lambda m: m | {"secret": []}, "signature"),
        (lambda m: m | {"secret": "whsec_%%%"}, "secret"),
        (lambda m: m | {"now": m["now"] + 301}, "timestamp"),
        (lambda m: m | {"now": m["now"] - 301}, "timestamp"),
        (lambda m: m | {"headers": {**m["headers"], "webhook-id": "n"}}, "signature"),
        (lambda m: m | {"headers": {**m["headers"], "webhook-timestamp": "1773108001"}}, "signature"),
        (lambda m: m | {"headers": {**m["headers"], "webhook-timestamp": "x"}}, "headers"),
        (lambda m: m | {"headers": {}}, "headers"),
        (
            lambda m: m | {"headers": {**m["headers"], "webhook-signature": m["headers"]["webhook-signature"][3:]}},
            "signature",
        ),
    ],
)
def test_anything_else_is_refused(change, reason):
    body, headers, secret, now = signed()
    message = change({"body": body, "headers": headers, "secret": secret, "now": now})
    with pytest.raises(WebhookInvalid, match=reason):
        verify_webhook(message["body"], message["headers"], message["secret"], now=message["now"])


async def test_a_refusal_carries_its_code_in_the_language_asked_for(service):
    async with AsyncCreditClient(service.url, service.token, language="en") as credit:
        with pytest.raises(CreditProblem) as refused:
            await credit.call(operations.practitioner("D000000000000"))
    assert (refused.value.status, refused.value.code) == (404, "practitioner_unknown")
    assert refused.value.problem.detail == "There is no such practitioner."


async def test_what_passes_is_tried_again_and_what_might_happen_twice_is_not(monkeypatch):
    monkeypatch.setattr(fundwarden_client.client, "_pause", lambda *_: 0)
    asked = []

    def answer(request):
        asked.append(request.method)
        if len(asked) < 3:
            return httpx.Response(503, text="<html>", headers={"Retry-After": "1"})
        return httpx.Response(200, json={"items": [], "next_since": "x", "more": False})

    credit = CreditClient("http://service.example", transport=httpx.MockTransport(answer))
    assert list(credit.changes()) == []
    assert asked == ["GET"] * 3
    asked.clear()
    with pytest.raises(CreditProblem) as refused:
        credit.call(operations.create_webhook("https://agency.example/"))
    assert (asked, refused.value.code, refused.value.retry_after) == (["POST"], "http_503", 1)


@pytest.fixture(scope="module")
def interface():
    return create_app(CreditSettings(_env_file=None)).openapi()


def struct_of(answer):
    return get_origin(answer) or answer


@pytest.mark.parametrize("name", CALLS)
def test_every_call_fits_the_published_interface(interface, name):
    call = CALLS[name]
    operation = interface["paths"][call.template][call.method.lower()]
    parameters = inspect.signature(getattr(operations, name)).parameters
    named = {one["name"]: one for one in operation.get("parameters", [])}
    assert {one for one, meant in named.items() if meant["in"] == "path"} == set(call.path)
    body = operation.get("requestBody")
    if body is None:
        known = {one for one, meant in named.items() if meant["in"] in {"path", "query"}}
        # What the caller may give are names of the interface, the key in the path aside.
        assert set(parameters) - {"practitioner_codes"} <= known | set(call.path)
        assert {one for one, meant in named.items() if meant["in"] == "query" and meant.get("required")} <= set(
            call.query
        )
    else:
        schema = resolve(interface, body["content"]["application/json"]["schema"])
        assert set(parameters) - set(call.path) == set(schema["properties"])
        assert set(schema.get("required", ())) <= set(call.body) | {"since"}
    answers = [one for status, one in operation["responses"].items() if status.startswith("2")]
    if call.answer is None:
        assert all("content" not in one for one in answers)
        return
    for one in answers:
        fits(interface, one["content"]["application/json"]["schema"], call.answer)


def resolve(interface, schema):
    while "$ref" in schema:
        schema = interface["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def fits(interface, schema, kind):
    """Check that a value of the schema can be read as the type, and that no required field of it is left out."""
    schema = resolve(interface, schema)
    if "anyOf" in schema:
        options = [resolve(interface, one) for one in schema["anyOf"]]
        if any(one.get("type") == "null" for one in options):
            assert NoneType in get_args(kind), f"{schema} may be null, {kind} may not"
        rest = [one for one in options if one.get("type") != "null"]
        left = [one for one in get_args(kind) if one is not NoneType]
        if len(rest) == 1 and len(left) == 1:
            fits(interface, rest[0], left[0])
        return
    base = struct_of(kind)
    if schema.get("type") == "array":
        assert base is tuple, kind
        fits(interface, schema["items"], get_args(kind)[0])
    elif isinstance(base, type) and issubclass(base, msgspec.Struct):
        told = msgspec.structs.fields(kind)
        assert {one.name for one in told} <= set(schema["properties"]), kind
        missing = set(schema.get("required", ())) - {one.name for one in told}
        assert missing == set(), f"{base.__name__} leaves out {missing}"
        for one in told:
            fits(interface, schema["properties"][one.name], concrete(one.type, kind))


def concrete(field, kind):
    """Put the argument of a generic struct in place of its variable."""
    arguments = get_args(kind)
    if get_origin(field) is tuple and arguments and type(get_args(field)[0]).__name__ == "TypeVar":
        return tuple[arguments[0], ...]
    return field


def test_the_check_of_the_interface_sees_a_field_that_is_gone(interface):
    broken = msgspec.json.decode(msgspec.json.encode(interface))
    del broken["components"]["schemas"]["EligibilityView"]["properties"]["until"]
    with pytest.raises(AssertionError):
        test_every_call_fits_the_published_interface(broken, "eligibility")

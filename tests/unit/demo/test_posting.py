"""How the demo speaks to the services."""

import json
from types import SimpleNamespace

import httpx
import pytest
from rich.console import Console

from services.demo.almanac import prepare_day
from services.demo.client import NOBODY, REVIEWER, Client, DemoError
from services.demo.report import Report
from services.demo.stage import Stage
from services.demo.steps import posting
from services.demo.steps.posting import BATCH, post_day


def client_of(handler):
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://fundwarden.test")
    return Client(http, lambda **claims: f"token-of-{claims['subject']}")


async def test_back_pressure_is_waited_out_and_the_request_repeated():
    answers = [httpx.Response(429, headers={"Retry-After": "0"}), httpx.Response(200, json={"items": [1]})]
    client = client_of(lambda _: answers.pop(0))
    assert await client.get("/x", REVIEWER) == {"items": [1]}
    assert not answers


async def test_an_error_names_route_status_and_code_but_not_the_body():
    problem = {"code": "settlement_differs", "errors": [{"pointer": "/lines/0", "code": "item_form"}]}
    client = client_of(lambda _: httpx.Response(409, json=problem))
    with pytest.raises(DemoError, match=r"POST /x: 409 settlement_differs /lines/0 item_form$"):
        await client.post("/x", REVIEWER, {"secret": "word"})


async def test_somebody_without_a_role_sends_no_token():
    seen = []

    def handler(request):
        seen.append(request.headers.get("Authorization"))
        return httpx.Response(200, json={})

    client = client_of(handler)
    await client.get("/x", NOBODY)
    await client.get("/x", REVIEWER)
    assert seen == [None, "Bearer token-of-reviewer-1"]


async def test_lists_are_read_to_their_last_page():
    pages = {None: ([1, 2], "a"), "a": ([3], None)}

    def handler(request):
        items, cursor = pages[request.url.params.get("cursor")]
        return httpx.Response(200, json={"items": items, "next_cursor": cursor})

    assert [item async for item in client_of(handler).pages("/x", REVIEWER)] == [1, 2, 3]


class Intake:
    """A batch endpoint that stops now and then, and the count of what it took."""

    def __init__(self, *, stop_first=False, status="created"):
        self.taken = []
        self.requests = []
        self._stop = stop_first
        self._status = status

    def __call__(self, request):
        settlements = [json.loads(line) for line in request.content.splitlines()]
        self.requests.append(settlements)
        stop = len(settlements) // 2 if self._stop else len(settlements)
        self._stop = False
        answers = [{"line": n, "status": self._status} for n, _ in enumerate(settlements[:stop], start=1)]
        if stop < len(settlements):
            answers.append({"line": stop + 1, "status": "stopped", "code": "backlog"})
        self.taken += [body["settlement_id"] for body in settlements[:stop]]
        return httpx.Response(200, content="\n".join(map(json.dumps, answers)))

    async def screened(self):
        return len(self.taken)


def stage_with(intake, settlements):
    almanac = prepare_day(settlements=settlements)
    return Stage(client_of(intake), intake, almanac, Report(), Console(quiet=True))


async def test_what_was_not_answered_is_sent_again_and_nothing_twice(monkeypatch):
    monkeypatch.setattr(posting, "PAUSE_SECONDS", 0)
    intake = Intake(stop_first=True)
    stage = stage_with(intake, 600)
    await post_day(stage, 600)
    assert len(intake.taken) == len(set(intake.taken)) == 600
    assert sorted(identity for _, identity in stage.posted) == sorted(intake.taken)
    assert stage.report.posted == 600
    assert not stage.report.problems


async def test_claims_that_bear_on_each_other_travel_in_one_batch_in_their_order():
    intake = Intake()
    stage = stage_with(intake, 2_400)
    await post_day(stage, 2_400)
    place = {
        body["settlement_id"]: (number, position)
        for number, batch in enumerate(intake.requests)
        for position, body in enumerate(batch)
    }
    assert max(len(batch) for batch in intake.requests) < BATCH + 10
    for group in stage.almanac.bed.groups:
        places = [place[claim.settlement_id] for claim in group]
        assert len({number for number, _ in places}) == 1
        assert places == sorted(places)


@pytest.mark.parametrize(("status", "words"), [("same", "posted before"), ("rejected", "was refused")])
async def test_a_day_that_is_known_or_refused_ends_the_demo(status, words):
    with pytest.raises(DemoError, match=words):
        await post_day(stage_with(Intake(status=status), 600), 600)


async def test_a_promise_that_is_not_kept_is_noted_in_the_report():
    stage = Stage(SimpleNamespace(), SimpleNamespace(), SimpleNamespace(), Report(), Console(quiet=True))
    stage.must(True, "kept")
    stage.must(False, "broken")
    assert stage.report.problems == ["broken"]

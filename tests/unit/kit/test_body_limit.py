"""Bodies that are too large are refused before they are held in memory."""

import asyncio

import pytest
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from services.kit.auth import public

router = APIRouter(prefix="/probe/v1", dependencies=[Depends(public())])
called = []


class Text(BaseModel):
    text: str


@router.post("/json")
async def json_body(body: Text) -> int:
    called.append("json")
    return len(body.text)


@router.post("/ignored")
async def ignores_its_body() -> None:
    called.append("ignored")


@router.post("/batch/{name}", max_body_size=10_000)
async def batch(name: str, request: Request) -> int:
    assert name == "a"
    return sum([len(chunk) async for chunk in request.stream()])


@pytest.fixture
async def client(serve):
    called.clear()
    async with serve(router, max_body_bytes=2000) as client:
        yield client


class Chunks:
    """A body without a declared length, of which is noted how much was taken."""

    def __init__(self, size, count):
        self.size, self.count, self.taken = size, count, 0

    async def __aiter__(self):
        for _ in range(self.count):
            self.taken += 1
            yield b"x" * self.size
            await asyncio.sleep(0)


@pytest.mark.parametrize("path", ["/probe/v1/json", "/probe/v1/ignored", "/probe/v1/none"])
async def test_a_declared_length_above_the_bound_is_refused_before_anything_is_done(client, path):
    answer = await client.post(path, content=b"x" * 2001, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["content-type"] == "application/problem+json"
    assert called == []


async def test_a_body_at_the_bound_gets_through(client):
    overhead = len('{"text":""}')
    answer = await client.post("/probe/v1/json", json={"text": "x" * (2000 - overhead)})
    assert answer.json() == 2000 - overhead


async def test_an_undeclared_body_is_counted_while_it_comes(make_app):
    app = make_app(router, max_body_bytes=2000)
    taken = 0

    async def receive():
        nonlocal taken
        taken += 1
        assert taken < 10
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/probe/v1/json",
        "raw_path": b"/probe/v1/json",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("probe.test", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 413
    assert dict(sent[0]["headers"])[b"content-type"] == b"application/problem+json"
    assert taken == 3


@pytest.mark.parametrize("length", ["-5", "many", ""])
async def test_a_length_that_is_no_number_does_not_open_the_door(client, length):
    answer = await client.post("/probe/v1/json", content=b"x" * 3000, headers={"Content-Length": length})
    assert answer.status_code == 413


async def test_a_route_may_set_a_larger_bound_of_its_own(client):
    assert (await client.post("/probe/v1/batch/a", content=b"x" * 9000)).json() == 9000
    assert (await client.post("/probe/v1/batch/a", content=b"x" * 10_001)).status_code == 413


async def test_the_own_bound_holds_for_streams_too(client):
    assert (await client.post("/probe/v1/batch/a", content=Chunks(1000, 9))).json() == 9000
    answer = await client.post("/probe/v1/batch/a", content=Chunks(1000, 11))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

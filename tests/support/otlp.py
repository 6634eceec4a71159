"""An OTLP/HTTP receiver inside the test process: keeps the spans that other processes export."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Received:
    """One exported span."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    """Trace ids of linked spans."""
    attributes: dict[str, Any]


class Receiver:
    """What has been received so far."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spans: list[Received] = []
        self._bodies: list[bytes] = []
        self.endpoint = ""

    def take(self, path: str, body: bytes) -> None:
        """Keep one export."""
        with self._lock:
            self._bodies.append(body)
            if path.endswith("/v1/traces"):
                self._spans.extend(_read(body))

    def spans(self) -> list[Received]:
        """Every span so far."""
        with self._lock:
            return list(self._spans)

    def everything(self) -> bytes:
        """Every byte that was exported, spans and logs."""
        with self._lock:
            return b"".join(self._bodies)


def _read(body: bytes) -> Iterator[Received]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    for resource in request.resource_spans:
        named = {entry.key: entry.value.string_value for entry in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Received(
                    service=named.get("service.name", ""),
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    links=tuple(link.trace_id.hex() for link in span.links),
                    attributes={entry.key: entry.value.string_value for entry in span.attributes},
                )


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a free port until the context ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.take(self.path, body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""What is kept of a request: one span, one measurement and one log line, all under the route's template.

The framework's own tracing stays off because it records path and query as they came, and those may hold what nobody
should read in a trace. Here neither is ever taken up.
"""

import logging
import time

import structlog
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanKind, StatusCode
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.http.matched import route_guard, route_template
from services.kit.http.problems import failure_problem
from services.kit.telemetry import span
from services.kit.telemetry.measures import frequent_histogram
from services.kit.telemetry.traces import parse_traceparent, recording, unrecorded_context
from services.kit.transient import is_transient

_log = structlog.get_logger("services.kit.http")
_standard = logging.getLogger("services.kit.http")

REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUEST_DURATION = frequent_histogram(
    "http.server.request.duration",
    "s",
    "Time from the request's head to the last byte of its answer, by route and status.",
    buckets=REQUEST_SECONDS,
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""Sent with every answer that does not set them itself."""
_SECURITY_NAMES = frozenset(name for name, _ in _SECURITY)


class RequestRecord:
    """Middleware that records requests, and answers in place of a handler that broke."""

    def __init__(self, app: ASGIApp, *, service: str, traced: bool) -> None:
        self._app = app
        self._service = service
        # A service that traces no requests has callers whose very presence is nobody's business: what comes to its
        # open routes, or to none, is not recorded at all.
        self._traced = traced
        self._unrecorded = (f"/{service}/health/", f"/{service}/metrics")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record an HTTP request; anything else, and probes and scrapes, go through as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self._service, scope, send)
        if scope["path"].startswith(self._unrecorded):
            await exchange.run(self._app, receive, quiet=True)
        elif not self._traced:
            await exchange.run(self._app, receive, guarded_only=True)
        else:
            await self._run_traced(exchange, receive)

    async def _run_traced(self, exchange: "_Exchange", receive: Receive) -> None:
        parent = next((value for name, value in exchange.scope["headers"] if name == b"traceparent"), None)
        parent = None if parent is None else parent.decode("latin-1")
        if not recording():
            # Nothing is exported, yet answers, logs and facts of one request still share an id.
            context = (parse_traceparent(parent) if parent else None) or unrecorded_context()
            with trace.use_span(NonRecordingSpan(context)):
                await exchange.run(self._app, receive)
            return
        attributes = {"http.request.method": exchange.method, "url.scheme": str(exchange.scope.get("scheme", "http"))}
        with span(exchange.method, parent=parent, kind=SpanKind.SERVER, attributes=attributes):
            await exchange.run(self._app, receive)


class _Exchange:
    """One request and its answer."""

    def __init__(self, service: str, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._service = service
        self._send = send
        self._status = 0
        self._started = time.perf_counter()
        self._recorded = False
        self._guarded_only = False

    async def run(self, app: ASGIApp, receive: Receive, *, quiet: bool = False, guarded_only: bool = False) -> None:
        """Let the application answer; what it lets out becomes a 500, or a 503 where the cause is passing.

        With ``quiet`` nothing is recorded; with ``guarded_only`` only what came to a route that wants a token.
        """
        self._recorded = quiet
        self._guarded_only = guarded_only
        try:
            await app(self.scope, receive, self._forward)
        except ClientDisconnect:
            # The caller went away while its body was read; nobody is left to be answered.
            pass
        except Exception as error:
            self._note(error)
            if self._status:
                # The answer has begun: breaking it off is the only way left to say that it is not whole.
                raise
            answer = failure_problem(HTTPConnection(self.scope), passing=is_transient(error))
            await answer(self.scope, receive, self._forward)
        finally:
            self._record()

    def _note(self, error: Exception) -> None:
        name = type(error).__qualname__
        if self._guarded_only and route_guard(self.scope) is None:
            # That something broke must be known; what somebody of the public was doing at that second must not.
            _log.error("public_request_failed", service=self._service, error=name)
            return
        _log.exception("request_failed", service=self._service, route=route_template(self.scope), error=name)
        trace.get_current_span().set_attribute("error.type", name)

    async def _forward(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = message["headers"] = list(message.get("headers", ()))
            present = {name for name, _ in headers}
            if present.isdisjoint(_SECURITY_NAMES):
                headers.extend(_SECURITY)
            else:
                headers.extend(header for header in _SECURITY if header[0] not in present)
            context = trace.get_current_span().get_span_context()
            if context.is_valid:
                headers.append((b"trace-id", b"%032x" % context.trace_id))
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._record()

    def _record(self) -> None:
        if self._recorded:
            return
        self._recorded = True
        if self._guarded_only and route_guard(self.scope) is None:
            return
        seconds = time.perf_counter() - self._started
        route = route_template(self.scope)
        # No status at all: the handler broke off before it began to answer, or the caller went away.
        status = self._status or 499
        recorded = recording()
        if recorded:
            current = trace.get_current_span()
            current.update_name(f"{self.method} {route}")
            current.set_attributes({"http.route": route, "http.response.status_code": status})
            if status >= 500:  # noqa: PLR2004 - the server's own failures
                current.set_status(StatusCode.ERROR)
        REQUEST_DURATION.record(
            seconds,
            (("service", self._service), ("method", self.method), ("route", route), ("status", str(status))),
            exemplar=recorded,
        )
        if _is_heard():
            _log.info(
                "request",
                service=self._service,
                method=self.method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
            )


def _is_heard() -> bool:
    """Tell whether a line at level info goes anywhere: to make one that does not is dear with every request."""
    processors = structlog.get_config()["processors"]
    filtered = bool(processors) and processors[0] is structlog.stdlib.filter_by_level
    return not filtered or _standard.isEnabledFor(logging.INFO)

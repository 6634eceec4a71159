"""Spans and the W3C trace context, with next to no cost while nothing is exported.

The provider is the process's own and not OpenTelemetry's global one, which can be set only once: that keeps the four
services of an embedded process on one pipeline and lets a test put its own in place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    NoOpTracerProvider,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    TracerProvider,
)
from opentelemetry.util.types import AttributeValue

_SCOPE = "fundwarden"
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_ids = RandomIdGenerator()
_NO_TRACER = NoOpTracerProvider().get_tracer(_SCOPE)
_NO_SPAN: AbstractContextManager[Span] = nullcontext(INVALID_SPAN)
"""Shared: it holds nothing, so it can be entered by many at once."""


class _Pipeline:
    """Where spans go at present."""

    provider: TracerProvider | None = None
    tracer: Tracer = _NO_TRACER


def install(provider: TracerProvider | None) -> TracerProvider | None:
    """Send spans to a provider from now on, or nowhere for None; returns the one it replaces."""
    replaced = _Pipeline.provider
    _Pipeline.provider = provider
    _Pipeline.tracer = _NO_TRACER if provider is None else provider.get_tracer(_SCOPE)
    return replaced


def recording() -> bool:
    """Tell whether spans are recorded in this process."""
    return _Pipeline.provider is not None


def tracer() -> Tracer:
    """Return the process's tracer; it makes no spans while nothing is exported."""
    return _Pipeline.tracer


def parse_traceparent(text: str | None) -> SpanContext | None:
    """Read a W3C ``traceparent``; None for anything that is not one, as the recommendation wants it."""
    if text is None or (match := _FORM.fullmatch(text.strip())) is None:
        return None
    context = SpanContext(
        trace_id=int(match[1], 16),
        span_id=int(match[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(match[3], 16)),
    )
    return context if context.is_valid else None


def current_traceparent() -> str | None:
    """Return the current span as ``00-<trace id>-<span id>-<flags>``; None outside of any trace."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def current_trace_id() -> str | None:
    """Return the current trace id in 32 hex digits; None outside of any trace."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def unrecorded_context() -> SpanContext:
    """Return a new trace context that says nothing of it is recorded, for a request while nothing is exported."""
    return SpanContext(_ids.generate_trace_id(), _ids.generate_span_id(), is_remote=False)


def span(
    name: str,
    *,
    parent: str | None = None,
    links: Sequence[str] = (),
    attributes: Mapping[str, AttributeValue] | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> AbstractContextManager[Span]:
    """Open a span and make it current for the length of a ``with`` block.

    ``parent`` is a traceparent and comes before the current span; ``links`` are traceparents too, and what is not one
    is passed over. An exception marks the span as failed with its class alone: messages may hold personal data.
    While nothing is exported no span is made, but a given parent still becomes current, so that its trace goes on.
    """
    context = parse_traceparent(parent)
    if _Pipeline.provider is not None:
        return _recorded(name, context, links, attributes, kind)
    return _NO_SPAN if context is None else trace.use_span(NonRecordingSpan(context))


@contextmanager
def _recorded(
    name: str,
    parent: SpanContext | None,
    links: Sequence[str],
    attributes: Mapping[str, AttributeValue] | None,
    kind: SpanKind,
) -> Iterator[Span]:
    context = None if parent is None else trace.set_span_in_context(NonRecordingSpan(parent), Context())
    linked = [Link(other) for other in map(parse_traceparent, links) if other is not None]
    with _Pipeline.tracer.start_as_current_span(
        name,
        context=context,
        kind=kind,
        attributes=attributes,
        links=linked,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_attribute("error.type", type(error).__qualname__)
            opened.set_status(StatusCode.ERROR)
            raise

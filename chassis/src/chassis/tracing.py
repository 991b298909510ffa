"""Traces that cross HTTP and Kafka by the W3C traceparent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR: Final = TraceContextTextMapPropagator()


def set_up_tracing(service: str, endpoint: str | None) -> TracerProvider | None:
    """Export spans to an OTLP endpoint; without one, contexts are still handed on."""
    if endpoint is None:
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": f"npp-{service}"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


def current_traceparent() -> str | None:
    """The W3C traceparent of the running span, or None outside of any."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span_from(
    name: str, traceparent: str | None, kind: SpanKind = SpanKind.CONSUMER, **attributes: str
) -> Iterator[Span]:
    """A span that continues the trace of a traceparent which came with a record or request."""
    parent = _PROPAGATOR.extract({"traceparent": traceparent} if traceparent else {})
    tracer = trace.get_tracer("npp")
    with tracer.start_as_current_span(name, parent, kind, attributes) as span:
        yield span

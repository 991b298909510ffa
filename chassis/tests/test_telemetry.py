"""Metrics explain themselves, traces cross, logs are JSON with their correlation id."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY

from chassis.clock import new_id, now
from chassis.logs import set_up_logging
from chassis.telemetry import CATALOGUE
from chassis.tracing import current_traceparent, set_up_tracing, span_from


def test_every_metric_says_what_moves_it_and_what_to_do() -> None:
    for metric in CATALOGUE.values():
        assert metric.name.startswith("npp_")
        assert metric.moves.endswith(".")
        assert metric.act.endswith(".")


def test_every_metric_of_ours_is_in_the_catalogue() -> None:
    registered = {name for name in REGISTRY._names_to_collectors if name.startswith("npp_")}
    ours = {name for name in CATALOGUE if name in registered}
    assert ours == set(CATALOGUE)
    stems = tuple(name.removesuffix("_total") for name in CATALOGUE)
    assert {name for name in registered if not name.startswith(stems)} == set()


def test_no_label_can_grow_without_bound() -> None:
    labels = {label for metric in CATALOGUE.values() for label in metric.labels}
    assert labels == {"topic", "group", "outcome", "phase", "route", "method", "status"}


def test_span_continues_the_trace_of_a_record() -> None:
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("relay"):
        sent = current_traceparent()
    assert sent is not None
    with span_from("apply", sent) as span:
        assert f"{span.get_span_context().trace_id:032x}" == sent.split("-")[1]


@pytest.mark.parametrize("wrong", [None, "", "nonsense", "00-0-0-00"])
def test_span_of_a_record_without_a_trace_starts_afresh(wrong: str | None) -> None:
    with span_from("apply", wrong):
        assert trace.get_current_span() is not None


def test_no_traceparent_outside_of_a_span() -> None:
    assert current_traceparent() is None


def test_tracing_without_an_endpoint_exports_nothing() -> None:
    assert set_up_tracing("test", None) is None


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, structlog.get_config()
    set_up_logging("portfolio", "INFO")
    yield capsys
    root.handlers[:], root.level = before[0], before[1]
    structlog.configure(**before[2])
    structlog.contextvars.clear_contextvars()


def test_logs_are_json_for_us_and_for_libraries(logs: pytest.CaptureFixture[str]) -> None:
    structlog.contextvars.bind_contextvars(correlation_id="c-1")
    structlog.get_logger("ours").info("signed", part="NPP1")
    structlog.get_logger("ours").debug("unseen")
    logging.getLogger("theirs").warning("slow %s", "query")
    lines = [json.loads(line) for line in logs.readouterr().err.splitlines()]
    assert [(line["event"], line["level"], line["logger"]) for line in lines] == [
        ("signed", "info", "ours"),
        ("slow query", "warning", "theirs"),
    ]
    assert {(line["service"], line["correlation_id"]) for line in lines} == {("portfolio", "c-1")}


def test_clock_is_aware_and_ids_grow() -> None:
    assert now().utcoffset() is not None
    ids = [new_id() for _ in range(1_000)]
    assert ids == sorted(ids)
    assert {one.version for one in ids} == {7}

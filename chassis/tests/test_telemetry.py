"""Metrics explain themselves, traces cross, logs are JSON with their correlation id."""

import json
import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY

from chassis.clock import new_id, now
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
    ours = {"topic", "group", "outcome", "phase", "route", "method", "status"}
    theirs = {"force", "state", "rule"}  # of services, where one has been imported
    assert ours <= labels <= ours | theirs


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


LOGGING = """
import logging, structlog
from chassis.logs import set_up_logging

set_up_logging("portfolio", "INFO")
structlog.contextvars.bind_contextvars(correlation_id="c-1")
structlog.get_logger("ours").info("signed", part="NPP1")
structlog.get_logger("ours").debug("unseen")
logging.getLogger("theirs").warning("slow %s", "query")
"""


def test_logs_are_json_for_us_and_for_libraries() -> None:
    # In a process of its own: set-up takes the root logger over, which here is pytest's.
    ran = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
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

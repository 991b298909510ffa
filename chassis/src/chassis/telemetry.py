"""The metrics that every service has, each with what moves it and what to do about it."""

from typing import Final

from prometheus_client import Counter, Gauge

from chassis.logs import set_up_logging
from chassis.metrics import CATALOGUE, FAST, LONG, Described, Histogram, metric
from chassis.settings import Settings
from chassis.tracing import set_up_tracing

__all__ = ["CATALOGUE", "Described", "configure"]

OUTBOX_DEPTH: Final = metric(
    Gauge,
    "npp_outbox_depth",
    moves="Events committed and not yet published.",
    act="Growing: look at npp_relay_errors_total and whether a relay runs.",
)
OUTBOX_AGE: Final = metric(
    Gauge,
    "npp_outbox_age_seconds",
    moves="Age of the oldest event not yet published; 0 when there is none.",
    act="Above a minute: the broker refuses or is away, or one key is blocked: see its log.",
)
OUTBOX_PAUSED: Final = metric(
    Gauge,
    "npp_outbox_paused",
    moves="1 while an operator has paused the outbox, else 0.",
    act="1 and nobody is at work: `npp outbox status` says who and why; `npp outbox resume`.",
)
RELAY_PUBLISHED: Final = metric(
    Counter,
    "npp_relay_published_total",
    "topic",
    moves="Events that the broker acknowledged.",
    act="Flat while npp_outbox_depth grows: the relay has stopped; restart it.",
)
RELAY_ERRORS: Final = metric(
    Counter,
    "npp_relay_errors_total",
    moves="Sends that failed and will be tried again.",
    act="Rising: check the broker, its access rules and its size limit.",
)
CONSUMER_CONSUMED: Final = metric(
    Counter,
    "npp_consumer_consumed_total",
    "group",
    moves="Records taken from the topics for good: by a committed batch, or known to be behind it.",
    act="Not the sum of npp_consumer_records_total over its outcomes: a defect; report it.",
)
CONSUMER_RECORDS: Final = metric(
    Counter,
    "npp_consumer_records_total",
    "group",
    "outcome",
    moves="Records dealt with: applied, duplicate, parked, dead or skipped.",
    act="dead or parked rising: `npp dlq list`.",
)
CONSUMER_LAG_RECORDS: Final = metric(
    Gauge,
    "npp_consumer_lag_records",
    "group",
    moves="Records on the broker that the group has not applied.",
    act="Growing: add a member (up to the partitions) or see which batch phase is slow.",
)
CONSUMER_LAG_SECONDS: Final = metric(
    Gauge,
    "npp_consumer_lag_seconds",
    "group",
    moves="Age of the newest applied record while others wait; 0 when caught up.",
    act="Above the freshness goal: as for npp_consumer_lag_records.",
)
CONSUMER_BATCH: Final = metric(
    Histogram,
    "npp_consumer_batch_seconds",
    "group",
    "phase",
    moves="Time of one partition batch by phase: decode, database, commit.",
    act="database slow: look at the statement and its locks.",
    buckets=FAST,
)
CONSUMER_DEAD_LETTERS: Final = metric(
    Gauge,
    "npp_consumer_dead_letters",
    "group",
    moves="Dead letters that nobody has redriven or discarded yet.",
    act="Not 0: `npp dlq list`, mend the cause, then redrive or discard.",
)
CONSUMER_RETRIES: Final = metric(
    Counter,
    "npp_consumer_retries_total",
    "group",
    moves="Batches put back because the database or the broker was away.",
    act="Rising: look at the service's readiness and at the database.",
)
CONSUMER_PARKED: Final = metric(
    Gauge,
    "npp_consumer_parked",
    "group",
    moves="Events waiting behind a dead letter or a missing event of their key.",
    act="Goes down when the dead letter is redriven or discarded, or the missing event comes.",
)
CONSUMER_STOPPED: Final = metric(
    Gauge,
    "npp_consumer_stopped_partitions",
    "group",
    moves="Partitions stopped because too many records in a row failed.",
    act="Not 0: probably a bad release; roll back (the new process starts them), or mend the"
    " cause, then `npp consumer pause` and `resume`.",
)
CONSUMER_PAUSED: Final = metric(
    Gauge,
    "npp_consumer_paused",
    "group",
    moves="1 while an operator has paused the group, else 0.",
    act="1 and nobody is at work: `npp consumer lag` says who and why; `npp consumer resume`.",
)
END_TO_END: Final = metric(
    Histogram,
    "npp_end_to_end_seconds",
    "group",
    moves="From recording an event to seeing it applied.",
    act="p99 above the freshness goal: compare outbox age with consumer lag.",
    buckets=LONG,
)
ERASURES: Final = metric(
    Gauge,
    "npp_erasures",
    "state",
    moves="Learners whose erasure is done here, and of those how many were due by now.",
    act="A service's done below enrolment's: it has not read the announcement; below enrolment's"
    " due: it is late by law. `npp erasure list`; its group `<service>.privacy`.",
)
RETENTION_DUE: Final = metric(
    Gauge,
    "npp_retention_due",
    "rule",
    moves="Rows older than their retention rule allows and not on hold, counted hourly.",
    act="Growing: the rules' version is not the one that RETENTION_ADOPTED names.",
)
HTTP_REQUESTS: Final = metric(
    Counter,
    "npp_http_requests_total",
    "route",
    "method",
    "status",
    moves="Requests answered, by route template.",
    act="5xx rising: search the log by the correlation id of an answer.",
)
HTTP_SECONDS: Final = metric(
    Histogram,
    "npp_http_request_seconds",
    "route",
    "method",
    moves="Time from a request's first byte to its answer's last.",
    act="p99 rising: look at the database pool and at npp_http_requests_total.",
    buckets=FAST,
)


def configure(service: str, settings: Settings) -> None:
    """Set up logs and traces of this process; metrics need nothing."""
    set_up_logging(service, settings.log_level)
    set_up_tracing(service, settings.otel_exporter_otlp_endpoint)

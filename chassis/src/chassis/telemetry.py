"""Every metric of the platform, each with what moves it and what to do about it."""

from typing import Final

from prometheus_client import Counter, Gauge

from chassis.logs import set_up_logging
from chassis.metrics import DESCRIBED, FAST, LONG, Histogram, metric
from chassis.settings import Settings
from chassis.tracing import set_up_tracing

CATALOGUE: Final = DESCRIBED

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
FEED_POSITION: Final = metric(
    Gauge,
    "npp_feed_position",
    "force",
    moves="The last position that this process has given in a force's feed.",
    act="Flat while the force's events are consumed elsewhere: nothing; in all processes: see"
    " npp_consumer_lag_records of reporting.feeds.",
)
FEED_PLACED: Final = metric(
    Counter,
    "npp_feed_placed_total",
    "group",
    moves="Events that were given a position in a force's feed.",
    act="Not rising while npp_consumer_records_total of the group is: report it.",
)
FEED_REFUSED: Final = metric(
    Counter,
    "npp_feed_refused_total",
    "group",
    moves="Events that no feed took: their force is unknown or said in two ways, or unreadable.",
    act="Not 0: `npp dlq list`; the owner's release contradicts itself, or a force is not known.",
)
WEBHOOK_ATTEMPTS: Final = metric(
    Counter,
    "npp_webhook_attempts_total",
    "force",
    "outcome",
    moves="Attempts to deliver an event to a force's webhook, by how each ended.",
    act="Other than accepted rising: the force's `GET /webhooks/{id}/deliveries` says what its"
    " address answers; for all forces at once: our way out of the network.",
)
WEBHOOK_SECONDS: Final = metric(
    Histogram,
    "npp_webhook_attempt_seconds",
    "outcome",
    moves="Time of one attempt, from looking its address up to the answer's end.",
    act="accepted slow: the receivers are; they should answer first and work after.",
    buckets=LONG,
)
WEBHOOK_WAITING: Final = metric(
    Gauge,
    "npp_webhook_waiting",
    "force",
    moves="Events that a force's active webhooks have not accepted yet, the farthest behind.",
    act="Growing: as for npp_webhook_attempts_total; flat at the same height: one key is refused.",
)
WEBHOOK_DISABLED: Final = metric(
    Gauge,
    "npp_webhook_disabled",
    "force",
    moves="Webhooks that were disabled because their address is gone or has not answered.",
    act="Not 0: tell the force; nothing is lost, it goes on where it stood once enabled.",
)
STREAM_WAITING: Final = metric(
    Gauge,
    "npp_stream_waiting",
    "force",
    moves="Events of a force's feed that its topic does not hold yet.",
    act="Growing: npp_stream_refused_total tells why; else see whether any process consumes.",
)
STREAM_SENT: Final = metric(
    Counter,
    "npp_stream_sent_total",
    "force",
    moves="Events that a force's topic has taken.",
    act="Flat while npp_stream_waiting grows: as for that.",
)
STREAM_REFUSED: Final = metric(
    Counter,
    "npp_stream_refused_total",
    "force",
    "outcome",
    moves="Times that a force's topic did not take what was sent, or was not there.",
    act="TopicMissing: `npp topics` with `--create`; else the broker's own word: see its log.",
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

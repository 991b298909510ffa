"""What reporting measures of its own: figures, feeds, their doors, returns."""

from typing import Final

from prometheus_client import Counter, Gauge

from chassis.metrics import LONG, Histogram, metric

UNCOUNTED: Final = metric(
    Gauge,
    "npp_uncounted_batches",
    moves="Batches that read models have applied and figures do not count yet; 0 in a process that"
    " does not count.",
    act="Above 0 for long: everybody is counted anew after a promotion, or the database is slow;"
    " figures say as of when they are.",
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
FILES_WAITING: Final = metric(
    Gauge,
    "npp_files_waiting",
    moves="Days of feeds that are over and whose files are still to be made.",
    act="Above 0 long after midnight (UTC): search the log for files-not-made, which says why.",
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
FORCE_ERASURES: Final = metric(
    Gauge,
    "npp_force_erasures",
    "force",
    "state",
    moves="Erasures that a force was told of and has not confirmed (due), and of those how many"
    " are due since before today (overdue); counted hourly.",
    act="overdue above 0: ask the force's administrator; `npp erasure list --overdue` has them.",
)
CUT_AGE: Final = metric(
    Gauge,
    "npp_cut_age_seconds",
    moves="How long ago the oldest cut was asked for that is not read yet; 0 when none waits.",
    act="Minutes: whoever consumes does not come to it; its log says why it was begun again.",
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
BI_ROUND_SECONDS: Final = metric(
    Gauge,
    "npp_bi_round_seconds",
    moves="How long the last round took that brought the views of `bi` up to date.",
    act="The views are up to ten times as old; minutes: the login `national` alone has 44 sights.",
)

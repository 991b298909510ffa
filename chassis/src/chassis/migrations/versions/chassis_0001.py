"""The tables behind events out, events in, and requests that are repeated."""

from alembic import op

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)
depends_on = None

# Column names of event_log are those of Debezium's outbox event router, so that Kafka Connect
# can take the relay's place without a change of code.
EVENTS_OUT = """
CREATE TABLE event_log (
    position bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    id uuid NOT NULL,
    aggregatetype text NOT NULL,
    aggregateid text NOT NULL,
    type text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    forceid text NOT NULL,
    "time" timestamptz NOT NULL,
    correlationid text NOT NULL,
    causationid text,
    traceparent text,
    payload bytea NOT NULL,
    PRIMARY KEY (recorded_at, position)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE event_log_default PARTITION OF event_log DEFAULT;
CREATE INDEX event_log_aggregate ON event_log (aggregateid, sequence);

CREATE TABLE outbox (
    ticket bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    shard smallint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
"""

# sequences has a row per key and group, written with every event: it is what consuming costs most.
# So its key is narrow, and half of each page is left for new versions of the page's own rows, which
# then need no new entry in the index (a third of the WAL).
EVENTS_IN = """
CREATE TABLE checkpoints (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE streams (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer_group text NOT NULL,
    topic text NOT NULL,
    UNIQUE (consumer_group, topic)
);

CREATE TABLE sequences (
    stream integer NOT NULL,
    key text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    blocked text CHECK (blocked IN ('gap', 'dead')),
    PRIMARY KEY (stream, key)
) WITH (fillfactor = 50);

CREATE TABLE parked_events (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    sequence bigint NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    headers json NOT NULL,
    payload bytea,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer_group, topic, key, sequence)
);

CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer_group text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    sequence bigint,
    headers json NOT NULL,
    payload bytea,
    reason text NOT NULL CHECK (reason IN ('invalid', 'failed')),
    detail text NOT NULL,
    died_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    closed_as text CHECK (closed_as IN ('redriven', 'discarded')),
    closed_by text,
    closed_because text,
    UNIQUE (consumer_group, topic, partition, "offset")
);
CREATE INDEX dead_letters_open ON dead_letters (consumer_group, id) WHERE closed_at IS NULL;
"""

REQUESTS = """
CREATE TABLE idempotency_keys (
    subject text NOT NULL,
    key text NOT NULL,
    request_sha256 bytea NOT NULL,
    status smallint,
    headers jsonb,
    body bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
"""


def upgrade() -> None:
    for statement in (EVENTS_OUT + EVENTS_IN + REQUESTS).split(";\n"):
        if statement.strip():
            op.execute(statement)

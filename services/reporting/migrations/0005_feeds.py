"""The feeds: each force's own events in one order."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0005"
down_revision = "reporting_0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE feeds (
    force_id text PRIMARY KEY,
    position bigint NOT NULL,
    chain text NOT NULL,
    placed_at timestamptz NOT NULL,
    named_by text NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE feed_events (
    force_id text NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    time timestamptz NOT NULL,
    placed_at timestamptz NOT NULL,
    document text,
    chain text NOT NULL,
    PRIMARY KEY (force_id, position),
    UNIQUE (force_id, event_id)
);
CREATE INDEX feed_events_type ON feed_events (force_id, type, position);

CREATE TABLE feed_days (
    force_id text NOT NULL,
    day date NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    chain_before text NOT NULL,
    chain_after text NOT NULL,
    purged boolean NOT NULL DEFAULT false,
    PRIMARY KEY (force_id, day)
) WITH (fillfactor = 50);
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("feeds", "feed_events", "feed_days"):
        row_level_security(op, table)

"""Webhooks: a force's addresses, how far each has come in the feed, and every delivery."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0007"
down_revision = "reporting_0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    force_id text NOT NULL,
    url text NOT NULL,
    types text[],
    note text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    reason text CHECK (reason IN ('asked', 'gone', 'not-answering')),
    secret text,
    former_secret text,
    former_until timestamptz,
    due_at timestamptz NOT NULL,
    is_full boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    open_until timestamptz,
    CHECK ((state = 'disabled') = (reason IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX webhook_endpoints_force ON webhook_endpoints (force_id, id);

CREATE TABLE webhook_cursors (
    ticket bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints,
    force_id text NOT NULL,
    position bigint NOT NULL,
    until bigint
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX webhook_cursors_feed ON webhook_cursors (endpoint_id) WHERE until IS NULL;
CREATE UNIQUE INDEX webhook_cursors_replay ON webhook_cursors (endpoint_id)
    WHERE until IS NOT NULL;

CREATE TABLE webhook_deliveries (
    ticket bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints,
    force_id text NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    replay boolean NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given-up')),
    attempts integer NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL,
    first_at timestamptz,
    last_at timestamptz,
    next_at timestamptz NOT NULL,
    outcome text,
    status integer
);
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, ticket);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, ticket)
    WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (last_at) WHERE state <> 'waiting';
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("webhook_endpoints", "webhook_cursors", "webhook_deliveries"):
        row_level_security(op, table)

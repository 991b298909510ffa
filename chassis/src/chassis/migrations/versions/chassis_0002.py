"""What operators decide about the running service, and the record of what they did."""

from alembic import op

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None

# A row is a pause; going on deletes it. What happened when is in operations.
CONTROLS = """
CREATE TABLE controls (
    kind text NOT NULL CHECK (kind IN ('outbox', 'consumer')),
    name text NOT NULL,
    paused_at timestamptz NOT NULL DEFAULT now(),
    paused_by text NOT NULL,
    paused_because text NOT NULL,
    PRIMARY KEY (kind, name)
);
"""

OPERATIONS = """
CREATE TABLE operations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    command text NOT NULL,
    target text NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    because text NOT NULL CHECK (because <> ''),
    facts jsonb NOT NULL
);
"""
APPEND_ONLY = """
CREATE FUNCTION operations_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'operations is append-only';
END $$
"""
GUARD = """
CREATE TRIGGER operations_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON operations
FOR EACH STATEMENT EXECUTE FUNCTION operations_stay()
"""


def upgrade() -> None:
    for statement in (CONTROLS, OPERATIONS, APPEND_ONLY, GUARD):
        op.execute(statement)

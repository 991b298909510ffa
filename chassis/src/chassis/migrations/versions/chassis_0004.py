"""What was erased, what is on hold, what was disposed of."""

from alembic import op

revision = "chassis_0004"
down_revision = "chassis_0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE erasures (
    learner_id uuid PRIMARY KEY,
    force_ids text[] NOT NULL,
    due_on date NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    rows jsonb NOT NULL
);
CREATE TABLE holds (
    learner_id uuid PRIMARY KEY,
    since timestamptz NOT NULL
);
CREATE TABLE disposals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    rule text NOT NULL,
    version text NOT NULL,
    days integer NOT NULL,
    before timestamptz NOT NULL,
    rows bigint NOT NULL
);
"""
STAY = """
CREATE FUNCTION disposals_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'disposals is append-only';
END $$
"""
GUARD = """
CREATE TRIGGER disposals_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON disposals
FOR EACH STATEMENT EXECUTE FUNCTION disposals_stay()
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute(STAY)
    op.execute(GUARD)

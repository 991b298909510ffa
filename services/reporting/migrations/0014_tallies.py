"""Tallies: counts that figures are read from, kept as the read models change."""

from alembic import op

from chassis.database import EVERY_FORCE, FORCE_SETTING, row_level_security

revision = "reporting_0014"
down_revision = "reporting_0013"
branch_labels = None
depends_on = None

TABLES = """
CREATE TYPE tally_cell AS
    (force_id text, key text, item text, d1 bigint, d2 bigint, n bigint);

CREATE TABLE tally_touched (
    consumer_group text NOT NULL,
    learner_id uuid[],
    portfolio_id uuid[],
    session_id uuid[],
    force_id text[]
);

CREATE TABLE tally_facts (
    tally text NOT NULL,
    id uuid NOT NULL,
    cells tally_cell[] NOT NULL,
    PRIMARY KEY (tally, id)
) WITH (fillfactor = 80);

CREATE TABLE tally_cells (
    tally text NOT NULL,
    force_id text NOT NULL,
    key text NOT NULL,
    item text NOT NULL,
    d1 bigint NOT NULL,
    d2 bigint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (tally, force_id, key, item, d1, d2)
) WITH (fillfactor = 80);

CREATE TABLE tally_versions (
    source text NOT NULL,
    force_id text NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (source, force_id)
) WITH (fillfactor = 50);

CREATE TABLE tallied_view (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    last_event_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    lag_seconds double precision NOT NULL,
    events bigint NOT NULL,
    batches bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic)
) WITH (fillfactor = 50);

CREATE TABLE tally_state (
    source text PRIMARY KEY,
    mark text NOT NULL
);

CREATE INDEX headline_signatures_view_learner ON headline_signatures_view (learner_id);
CREATE INDEX portfolios_view_learner ON portfolios_view (learner_id);
CREATE INDEX results_view_learner ON results_view (learner_id);
CREATE INDEX places_view_learner ON places_view (learner_id);
CREATE INDEX places_view_session ON places_view (session_id)
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    row_level_security(op, "tally_cells")
    row_level_security(op, "tally_versions")
    for table in ("tally_facts", "tally_touched"):
        # Whoever counts sees everybody; nobody else has any business here.
        visible = f"(SELECT current_setting('{FORCE_SETTING}', true)) = '{EVERY_FORCE}'"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY every_force ON {table} USING ({visible})")

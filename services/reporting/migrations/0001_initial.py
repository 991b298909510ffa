"""The read models."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE freshness_view (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    backend integer NOT NULL,
    last_event_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    batches bigint NOT NULL,
    events bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic, backend)
) WITH (fillfactor = 50);

CREATE TABLE learners_view (
    learner_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    worker_type text,
    rank text,
    neighbourhood boolean,
    sequence bigint NOT NULL
);
CREATE INDEX learners_view_force ON learners_view (force_id);

CREATE TABLE enrolments_view (
    enrolment_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    training text NOT NULL,
    sequence bigint NOT NULL,
    completed_on date
);
CREATE INDEX enrolments_view_learner ON enrolments_view (learner_id, training);

CREATE TABLE parts_view (
    enrolment_id uuid NOT NULL,
    part text NOT NULL,
    learner_id uuid NOT NULL,
    completed_on date,
    PRIMARY KEY (enrolment_id, part)
);
CREATE INDEX parts_view_learner ON parts_view (learner_id);

CREATE TABLE headline_staff_view (
    learner_id uuid PRIMARY KEY,
    neighbourhood boolean NOT NULL,
    sequence bigint NOT NULL
);

CREATE TABLE headline_signatures_view (
    portfolio_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    force_id text NOT NULL,
    part text NOT NULL,
    signed_at timestamptz NOT NULL
);
CREATE INDEX headline_signatures_view_force ON headline_signatures_view (force_id, learner_id);

CREATE TABLE workforces_view (
    force_id text NOT NULL,
    sequence bigint NOT NULL,
    as_of date NOT NULL,
    headcount integer NOT NULL,
    source text NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (force_id, sequence)
);

CREATE TABLE module_completions_view (
    force_id text NOT NULL,
    completed_on date NOT NULL,
    module text NOT NULL,
    via text NOT NULL,
    completions bigint NOT NULL,
    PRIMARY KEY (force_id, completed_on, module, via)
) WITH (fillfactor = 80);

CREATE TABLE module_months_view (
    force_id text NOT NULL,
    month date NOT NULL,
    module text NOT NULL,
    via text NOT NULL,
    completions bigint NOT NULL,
    PRIMARY KEY (force_id, month, module, via)
) WITH (fillfactor = 50);

CREATE TABLE portfolios_view (
    portfolio_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    force_id text NOT NULL,
    enrolment_id uuid NOT NULL,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    part text NOT NULL,
    state text NOT NULL,
    revision integer NOT NULL,
    opened_at timestamptz NOT NULL,
    signed_at timestamptz,
    sequence bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX portfolios_view_force ON portfolios_view (force_id, state);

CREATE TABLE results_view (
    attempt_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    force_id text NOT NULL,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    blueprint text NOT NULL,
    part text NOT NULL,
    occasion text NOT NULL,
    outcome text NOT NULL,
    score_percent numeric(5, 2),
    valid boolean NOT NULL,
    first_valid boolean NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX results_view_done ON results_view (force_id, occasion, outcome, learner_id)
    WHERE valid;
CREATE INDEX results_view_pairs ON results_view
    (occasion, learner_id, blueprint, programme_id, programme_version, attempt_id, force_id,
     score_percent)
    WHERE first_valid AND valid AND score_percent IS NOT NULL;

CREATE TABLE sessions_view (
    session_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    module text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    capacity integer NOT NULL,
    duty_minutes integer NOT NULL,
    state text NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX sessions_view_force ON sessions_view (force_id);

CREATE TABLE places_view (
    place_id uuid PRIMARY KEY,
    session_id uuid NOT NULL,
    learner_id uuid NOT NULL,
    force_id text NOT NULL,
    state text NOT NULL,
    late boolean NOT NULL,
    sequence bigint NOT NULL,
    kind text,
    module text,
    attendance text,
    minutes integer,
    held_on date,
    attendance_sequence bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX places_view_attendance ON places_view
    (force_id, kind, attendance, learner_id, minutes) WHERE attendance IS NOT NULL;
"""

OF_A_FORCE = (
    "learners_view",
    "headline_signatures_view",
    "workforces_view",
    "module_completions_view",
    "module_months_view",
    "portfolios_view",
    "results_view",
    "sessions_view",
    "places_view",
)
OF_A_LEARNER = ("enrolments_view", "parts_view")


def follow_the_learner(table: str) -> None:
    """Show the rows of people whom the transaction sees: they move with a transfer."""
    scope = "current_setting('npp.force', true)"
    visible = f"{scope} = '*' OR learner_id IN (SELECT learner_id FROM learners_view)"  # noqa: S608
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY force_scope ON {table} USING ({visible}) WITH CHECK (true)")


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in OF_A_FORCE:
        row_level_security(op, table)
    for table in OF_A_LEARNER:
        follow_the_learner(table)

"""Sessions, places, and small replicas of learners and of the programme's modules."""

from alembic import op

from chassis.database import row_level_security

revision = "events_0001"
down_revision = None
branch_labels = None
depends_on = None

SESSIONS = """
CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    programme_id text,
    module text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    capacity integer NOT NULL CHECK (capacity > 0),
    duty_minutes integer NOT NULL CHECK (duty_minutes >= 0),
    full_attendance_percent smallint NOT NULL CHECK (full_attendance_percent BETWEEN 1 AND 100),
    retrospective boolean NOT NULL,
    venue text,
    join_url text,
    recording_url text,
    state text NOT NULL,
    cancellation text,
    booked integer NOT NULL CHECK (booked >= 0),
    waiting integer NOT NULL CHECK (waiting >= 0),
    no_shows integer NOT NULL CHECK (no_shows >= 0),
    joined integer NOT NULL CHECK (joined >= 0),
    version integer NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX sessions_by_start ON sessions (starts_at, session_id);
"""

PLACES = """
CREATE TABLE places (
    place_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    session_id uuid NOT NULL REFERENCES sessions,
    learner_id uuid NOT NULL,
    position integer NOT NULL,
    state text NOT NULL CHECK (state IN ('waitlisted', 'booked', 'cancelled')),
    cancelled_by text,
    late boolean NOT NULL,
    attendance text,
    minutes integer,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX places_one_per_learner ON places (session_id, learner_id)
    WHERE state <> 'cancelled';
CREATE INDEX places_in_line ON places (session_id, position) WHERE state = 'waitlisted';
CREATE INDEX places_by_session ON places (session_id, place_id);
CREATE INDEX places_by_learner ON places (learner_id);
CREATE TABLE attendance_reasons (
    place_id uuid NOT NULL REFERENCES places,
    version integer NOT NULL,
    force_id text NOT NULL,
    reason text NOT NULL,
    given_by text NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (place_id, version)
);
"""

REPLICAS = """
CREATE TABLE learners (
    learner_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    sequence bigint NOT NULL
);
CREATE TABLE modules (
    programme_id text NOT NULL,
    module text NOT NULL,
    PRIMARY KEY (programme_id, module)
);
"""


def upgrade() -> None:
    for statement in (SESSIONS + PLACES + REPLICAS).split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("sessions", "places", "attendance_reasons", "learners"):
        row_level_security(op, table)

"""The tables of enrolment, and who may see which row."""

from alembic import op

from chassis.database import row_level_security

revision = "enrolment_0001"
down_revision = None
branch_labels = None
depends_on = None

PROGRAMMES = """
CREATE TABLE programmes (
    programme_id text PRIMARY KEY,
    force_id text NOT NULL DEFAULT 'national',
    editions jsonb NOT NULL,
    version integer NOT NULL
);
CREATE TABLE workforces (
    force_id text PRIMARY KEY,
    reports jsonb NOT NULL,
    version integer NOT NULL
);
"""

PEOPLE = """
CREATE TABLE learners (
    learner_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    collar_number text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    email text NOT NULL,
    worker_type text NOT NULL,
    rank text NOT NULL,
    neighbourhood boolean NOT NULL,
    joined_on date NOT NULL,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 85);
CREATE INDEX learners_collar_number ON learners (force_id, collar_number);
CREATE INDEX learners_email ON learners (email);
CREATE INDEX learners_updated ON learners (updated_at);

CREATE TABLE postings (
    posting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    learner_id uuid NOT NULL REFERENCES learners DEFERRABLE INITIALLY DEFERRED,
    force_id text NOT NULL,
    collar_number text NOT NULL,
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from)
);
CREATE INDEX postings_collar_number ON postings (force_id, collar_number);
CREATE INDEX postings_learner ON postings (learner_id);
CREATE UNIQUE INDEX postings_current ON postings (force_id, collar_number) WHERE valid_to IS NULL;
"""

PROGRESS = """
CREATE TABLE enrolments (
    enrolment_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL REFERENCES learners DEFERRABLE INITIALLY DEFERRED,
    force_id text NOT NULL,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'deferred', 'withdrawn', 'completed')),
    parts jsonb NOT NULL,
    deferred_until date,
    reason text,
    completed_on date,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX enrolments_standing
    ON enrolments (learner_id, programme_id, programme_version) WHERE state <> 'withdrawn';
CREATE INDEX enrolments_learner ON enrolments (learner_id);
CREATE INDEX enrolments_updated ON enrolments (updated_at);

CREATE TABLE achievements (
    learner_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('module', 'final', 'portfolio')),
    code text NOT NULL,
    programme_id text,
    programme_version integer,
    achieved_on date NOT NULL,
    via text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (learner_id, kind, code, programme_id, programme_version)
);
CREATE TABLE portfolios (
    portfolio_id uuid PRIMARY KEY,
    programme_id text NOT NULL,
    programme_version integer NOT NULL
);
"""

FILES = """
CREATE TABLE uploads (
    upload_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('roster', 'completions')),
    force_id text,
    sha256 text NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    finished_at timestamptz,
    rows integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    UNIQUE NULLS NOT DISTINCT (kind, force_id, sha256)
);
CREATE TABLE rejected_rows (
    upload_id uuid NOT NULL REFERENCES uploads,
    line integer NOT NULL,
    "column" text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    cells json NOT NULL,
    PRIMARY KEY (upload_id, line)
);
CREATE TABLE statements (
    statement_id uuid PRIMARY KEY,
    outcome text NOT NULL CHECK (outcome IN ('counted', 'queued', 'ignored')),
    force_id text,
    collar_number text,
    email text,
    module text,
    achieved_on date,
    sha256 text NOT NULL,
    document json NOT NULL,
    stored_at timestamptz NOT NULL
);
CREATE INDEX statements_waiting_account
    ON statements (force_id, collar_number) WHERE outcome = 'queued';
CREATE INDEX statements_waiting_email ON statements (email) WHERE outcome = 'queued';
"""

TIMELINE = """
CREATE TABLE timeline_view (
    learner_id uuid NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (learner_id, event_id)
);
"""

TOUCH = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON learners FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON enrolments FOR EACH ROW EXECUTE FUNCTION touch();
"""


def upgrade() -> None:
    for statement in (PROGRAMMES + PEOPLE + PROGRESS + FILES + TIMELINE + TOUCH).split(";\n"):
        if statement.strip():
            op.execute(statement)
    # A null force in `uploads` and `statements` is nobody's force: national staff see it alone.
    for table in ("workforces", "learners", "postings", "enrolments", "uploads", "statements"):
        row_level_security(op, table)
    _seen_with("rejected_rows", "uploads", "upload_id")
    for table in ("achievements", "timeline_view"):
        _seen_with(table, "learners", "learner_id")


def _seen_with(table: str, parent: str, key: str) -> None:
    # Rows without a force of their own go with their parent, also when a transfer moves it.
    visible = (
        "current_setting('npp.force', true) = '*'"
        f" OR EXISTS (SELECT FROM {parent} p WHERE p.{key} = {table}.{key})"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY follows ON {table} USING ({visible}) WITH CHECK (true)")

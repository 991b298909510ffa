"""Blueprints, attempts, the order of valid ones, the audit, and the replica of learners."""

from alembic import op

from chassis.database import row_level_security

revision = "assessment_0001"
down_revision = None
branch_labels = None
depends_on = None

BLUEPRINTS = """
CREATE TABLE blueprints (
    code text PRIMARY KEY,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    part text NOT NULL,
    title text NOT NULL,
    pass_percent numeric(5, 2) NOT NULL CHECK (pass_percent > 0 AND pass_percent <= 100),
    minutes integer NOT NULL CHECK (minutes > 0),
    forms jsonb NOT NULL,
    published_by text NOT NULL,
    published_at timestamptz NOT NULL
)
"""
# Pages keep room for the next version of a row beside it. No foreign key to blueprints, which
# are never deleted: thousands of starts would queue for a lock on the one row they all share.
ATTEMPTS = """
CREATE TABLE attempts (
    attempt_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    learner_id uuid NOT NULL,
    blueprint text NOT NULL,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    part text NOT NULL,
    occasion text NOT NULL CHECK (occasion IN ('baseline', 'final')),
    form text NOT NULL CHECK (form IN ('A', 'B')),
    items integer NOT NULL,
    minutes integer NOT NULL,
    extra_minutes integer NOT NULL,
    state text NOT NULL
        CHECK (state IN ('started', 'submitted', 'released', 'absent', 'void')),
    answers jsonb NOT NULL,
    started_at timestamptz,
    submitted_at timestamptz,
    answered integer,
    score_percent numeric(5, 2),
    outcome text CHECK (outcome IN ('passed', 'failed', 'absent', 'void')),
    valid boolean NOT NULL,
    first_valid boolean NOT NULL,
    released_at timestamptz,
    version integer NOT NULL CHECK (version > 0),
    CHECK (outcome IS DISTINCT FROM 'absent' OR score_percent IS NULL),
    CHECK (valid OR NOT first_valid)
) WITH (fillfactor = 60)
"""
# The last word against two open attempts at once; a transfer leaves the old force's behind.
OPEN = """
CREATE UNIQUE INDEX attempts_open ON attempts (learner_id, blueprint, occasion, force_id)
WHERE state = 'started'
"""
OF_LEARNER = "CREATE INDEX attempts_of_learner ON attempts (learner_id, blueprint, occasion)"
UNRELEASED = """
CREATE INDEX attempts_unreleased ON attempts (blueprint, occasion, attempt_id)
WHERE state = 'submitted'
"""
OFFICIAL = """
CREATE INDEX attempts_official ON attempts (blueprint, occasion, attempt_id)
WHERE released_at IS NOT NULL
"""
STANDINGS = """
CREATE TABLE standings (
    learner_id uuid NOT NULL,
    blueprint text NOT NULL,
    occasion text NOT NULL,
    valid uuid[] NOT NULL,
    PRIMARY KEY (learner_id, blueprint, occasion)
)
"""
LEARNERS = """
CREATE TABLE learners (
    learner_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    sequence bigint NOT NULL
)
"""
AUDIT = """
CREATE TABLE audit (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt_id uuid NOT NULL REFERENCES attempts,
    force_id text NOT NULL,
    action text NOT NULL CHECK (action IN ('extra-time', 'absence', 'void')),
    detail jsonb NOT NULL,
    person text NOT NULL,
    at timestamptz NOT NULL
)
"""
OF_ATTEMPT = "CREATE INDEX audit_of_attempt ON audit (attempt_id, position)"
APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
GUARDED = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    indexes = (OPEN, OF_LEARNER, UNRELEASED, OFFICIAL)
    for statement in (BLUEPRINTS, ATTEMPTS, *indexes, STANDINGS, LEARNERS, AUDIT, OF_ATTEMPT):
        op.execute(statement)
    op.execute(APPEND_ONLY)
    for table in ("audit", "blueprints"):
        op.execute(GUARDED.format(table=table))
    for table in ("attempts", "learners", "audit"):
        row_level_security(op, table)

"""Erasure: who was erased and why, and what must be known so that nobody comes back by mistake."""

from alembic import op

revision = "enrolment_0002"
down_revision = "enrolment_0001"
branch_labels = None
depends_on = None

# The digests are keyed (chassis.pseudonyms): without the secret nobody can try numbers.
STATEMENTS = """
ALTER TABLE learners ADD COLUMN erased_on date;
ALTER TABLE statements ADD COLUMN learner_id uuid;
CREATE INDEX statements_learner ON statements (learner_id);
CREATE TABLE forgotten_numbers (
    force_id text NOT NULL,
    digest text NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    PRIMARY KEY (force_id, digest, valid_from)
);
CREATE TABLE forgotten_addresses (digest text PRIMARY KEY);
CREATE TABLE erasure_requests (
    learner_id uuid PRIMARY KEY,
    force_ids text[] NOT NULL,
    ground text NOT NULL,
    reason text NOT NULL,
    requested_on date NOT NULL,
    due_on date NOT NULL,
    erased_at timestamptz NOT NULL,
    erased_by text NOT NULL
);
ALTER TABLE erasure_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasure_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY force_scope ON erasure_requests USING (
    (SELECT current_setting('npp.force', true)) = '*'
    OR (SELECT current_setting('npp.force', true)) = ANY (force_ids)) WITH CHECK (true);
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)

"""Frameworks, portfolios, what is in them, and the little that is known of other services."""

from alembic import op

from chassis.database import row_level_security

revision = "portfolio_0001"
down_revision = None
branch_labels = None
depends_on = None

FRAMEWORKS = """
CREATE TABLE frameworks (
    code text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    programme_id text NOT NULL,
    part text NOT NULL,
    criteria jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);
CREATE INDEX frameworks_by_part ON frameworks (programme_id, part, published_at, version);
"""

PORTFOLIOS = """
CREATE TABLE portfolios (
    portfolio_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    part text NOT NULL,
    framework text NOT NULL,
    framework_version integer NOT NULL,
    force_id text NOT NULL,
    criteria text[] NOT NULL,
    opened_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'assessed',
                                         'quality-assured', 'signed', 'withdrawn')),
    state_before text,
    revision integer NOT NULL,
    sampled boolean NOT NULL,
    assessor_id text,
    verifier_id text,
    signer_id text,
    signed_at timestamptz,
    content_sha256 text,
    covered text[] NOT NULL,
    contributors text[] NOT NULL,
    log_length integer NOT NULL,
    log_head text NOT NULL,
    version bigint NOT NULL,
    UNIQUE (enrolment_id, part),
    FOREIGN KEY (framework, framework_version) REFERENCES frameworks (code, version),
    CHECK ((state = 'signed') = (content_sha256 IS NOT NULL)),
    CHECK (assessor_id <> learner_id::text AND signer_id <> learner_id::text
           AND verifier_id <> learner_id::text AND verifier_id <> assessor_id
           AND signer_id <> assessor_id)
) WITH (fillfactor = 70);
CREATE INDEX portfolios_of_learner ON portfolios (learner_id);
CREATE INDEX portfolios_of_force ON portfolios (force_id, portfolio_id);
CREATE INDEX portfolios_by_state ON portfolios (state, portfolio_id);
CREATE INDEX portfolios_sampled ON portfolios (state, portfolio_id) WHERE sampled;
CREATE INDEX portfolios_updated ON portfolios (updated_at);

CREATE TABLE evidence (
    evidence_id uuid PRIMARY KEY,
    portfolio_id uuid NOT NULL REFERENCES portfolios,
    kind text NOT NULL,
    title text NOT NULL,
    reference text NOT NULL,
    criteria text[] NOT NULL,
    event_date date NOT NULL,
    entry_date date NOT NULL CHECK (entry_date >= event_date),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX evidence_of_portfolio ON evidence (portfolio_id);

CREATE TABLE decisions (
    portfolio_id uuid NOT NULL REFERENCES portfolios,
    revision integer NOT NULL,
    criterion text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('met', 'not-yet-met', 'more-evidence-needed')),
    valid text NOT NULL,
    authentic text NOT NULL,
    reliable text NOT NULL,
    current text NOT NULL,
    sufficient text NOT NULL,
    assessor_id text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (portfolio_id, revision, criterion)
);

CREATE TABLE decision_log (
    -- Deferred: a portfolio and its first entry are written in whichever order.
    portfolio_id uuid NOT NULL REFERENCES portfolios DEFERRABLE INITIALLY DEFERRED,
    position integer NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    facts jsonb NOT NULL,
    previous_sha256 text NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (portfolio_id, position)
);
"""

# What other services said; a row never waits for another one to be there.
REPLICAS = """
CREATE TABLE programme_parts (
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    part text NOT NULL,
    needs_portfolio boolean NOT NULL,
    PRIMARY KEY (programme_id, programme_version, part)
);
CREATE TABLE enrolled_parts (
    enrolment_id uuid NOT NULL,
    part text NOT NULL,
    learner_id uuid NOT NULL,
    programme_id text NOT NULL,
    programme_version integer NOT NULL,
    force_id text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (enrolment_id, part)
);
CREATE INDEX enrolled_parts_of_programme ON enrolled_parts (programme_id, part);
CREATE TABLE withdrawals (
    enrolment_id uuid PRIMARY KEY,
    sequence bigint NOT NULL
);
CREATE TABLE transfers (
    learner_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    sequence bigint NOT NULL
);
"""

APPEND_ONLY = ("frameworks", "evidence", "decisions", "decision_log")
FOLLOWING = ("evidence", "decisions", "decision_log")
FORCE_OWNED = ("portfolios", "enrolled_parts", "transfers")

GUARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
SIGNED_IS_FINAL = """
CREATE TRIGGER signed_is_final BEFORE UPDATE OR DELETE ON portfolios FOR EACH ROW
WHEN (OLD.state = 'signed') EXECUTE FUNCTION refuse_unless_moved()
"""
# After sign-off a portfolio follows its learner to another force; that is all.
MOVED = """
CREATE FUNCTION refuse_unless_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
       to_jsonb(NEW) - '{force_id,updated_at,log_length,log_head}'::text[] IS DISTINCT FROM
       to_jsonb(OLD) - '{force_id,updated_at,log_length,log_head}'::text[]
    THEN
        RAISE EXCEPTION 'portfolio is signed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    for statement in (FRAMEWORKS + PORTFOLIOS + REPLICAS).split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in (GUARD, MOVED, SIGNED_IS_FINAL):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in FORCE_OWNED:
        row_level_security(op, table)
    for table in FOLLOWING:
        _seen_with_its_portfolio(table)


def _seen_with_its_portfolio(table: str) -> None:
    # No force of its own: portfolios' policy holds inside this one, also after a transfer.
    seen = f"EXISTS (SELECT FROM portfolios p WHERE p.portfolio_id = {table}.portfolio_id)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY portfolio_scope ON {table} USING ({seen}) WITH CHECK (true)")

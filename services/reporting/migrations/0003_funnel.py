"""The way through the programme, and who is at risk of not finishing it."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0003"
down_revision = "reporting_0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE funnel_people_view (
    learner_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    worker_type text NOT NULL,
    registered_on date NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX funnel_people_view_force ON funnel_people_view (force_id);

CREATE TABLE funnel_enrolments_view (
    enrolment_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    enrolled_on date NOT NULL,
    certified_on date
) WITH (fillfactor = 90);
CREATE INDEX funnel_enrolments_view_learner ON funnel_enrolments_view (learner_id);

CREATE TABLE funnel_modules_view (
    learner_id uuid NOT NULL,
    module text NOT NULL,
    completed_on date NOT NULL,
    PRIMARY KEY (learner_id, module)
);

CREATE TABLE funnel_marks_view (
    source_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    step text NOT NULL,
    reached_on date,
    sequence bigint NOT NULL
);
CREATE INDEX funnel_marks_view_learner ON funnel_marks_view (learner_id);

CREATE TABLE funnel_portfolios_view (
    portfolio_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    submitted_on date,
    assessed_on date,
    signed_on date
) WITH (fillfactor = 80);
CREATE INDEX funnel_portfolios_view_learner ON funnel_portfolios_view (learner_id);

CREATE TABLE risk_people_view (
    learner_id uuid PRIMARY KEY,
    force_id text NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX risk_people_view_force ON risk_people_view (force_id);

CREATE TABLE risk_enrolments_view (
    enrolment_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    enrolled_on date NOT NULL,
    first_on date,
    last_on date,
    training text NOT NULL,
    sequence bigint NOT NULL,
    opened bigint NOT NULL,
    completed bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX risk_enrolments_view_learner ON risk_enrolments_view (learner_id);

CREATE TABLE risk_progress_view (
    source_id uuid PRIMARY KEY,
    learner_id uuid NOT NULL,
    progressed_on date,
    sequence bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX risk_progress_view_learner ON risk_progress_view (learner_id);
"""
FUNNEL = ("enrolments", "modules", "marks", "portfolios")


def follow(table: str, people: str) -> None:
    """Show the rows of people whom the transaction sees: they move with a transfer."""
    scope = "(SELECT current_setting('npp.force', true))"
    visible = f"{scope} = '*' OR learner_id IN (SELECT learner_id FROM {people})"  # noqa: S608
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY force_scope ON {table} USING ({visible}) WITH CHECK (true)")


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    row_level_security(op, "funnel_people_view")
    for name in FUNNEL:
        follow(f"funnel_{name}_view", "funnel_people_view")
    row_level_security(op, "risk_people_view")
    for name in ("enrolments", "progress"):
        follow(f"risk_{name}_view", "risk_people_view")

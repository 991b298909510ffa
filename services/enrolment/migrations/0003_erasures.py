"""Who is told what of an erasure: the force that held the learner all, others what is due."""

from alembic import op

from chassis.database import row_level_security

revision = "enrolment_0003"
down_revision = "enrolment_0002"
branch_labels = None
depends_on = None

# Of requests before this, nobody knows who held the learner: they are for the nation.
STATEMENTS = (
    "ALTER TABLE erasure_requests ADD COLUMN force_id text",
    "DROP POLICY force_scope ON erasure_requests",
    """
    CREATE POLICY force_scope ON erasure_requests USING (
        (SELECT current_setting('npp.force', true)) = '*'
        OR force_id = (SELECT current_setting('npp.force', true))) WITH CHECK (true)
    """,
    """
    CREATE TABLE erasures_due (
        force_id text NOT NULL,
        pseudonym uuid NOT NULL,
        due_on date NOT NULL,
        PRIMARY KEY (force_id, pseudonym)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    row_level_security(op, "erasures_due")

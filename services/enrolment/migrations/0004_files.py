"""Files are announced, force by force: whose a row was that went back, and how many were told."""

from alembic import op

from chassis.database import row_level_security

revision = "enrolment_0004"
down_revision = "enrolment_0003"
branch_labels = None
depends_on = None

# Rows of before belong to files that have ended, or will be sent, and judged, again.
STATEMENTS = (
    "ALTER TABLE rejected_rows ADD COLUMN force_id text",
    """
    CREATE TABLE intakes (
        force_id text PRIMARY KEY,
        waiting integer NOT NULL,
        version integer NOT NULL
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    row_level_security(op, "intakes")

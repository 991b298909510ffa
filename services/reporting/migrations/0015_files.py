"""Files: what became of those with a force's rows, and what still waits."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0015"
down_revision = "reporting_0014"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE files_view (
        force_id text NOT NULL,
        sequence bigint NOT NULL,
        kind text NOT NULL,
        taken_at timestamptz NOT NULL,
        accepted integer NOT NULL,
        refused integer NOT NULL,
        unmatched integer NOT NULL,
        PRIMARY KEY (force_id, sequence)
    )
    """,
    "CREATE INDEX files_view_taken ON files_view (taken_at)",
    """
    CREATE TABLE waiting_view (
        force_id text PRIMARY KEY,
        waiting integer NOT NULL,
        sequence bigint NOT NULL
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in ("files_view", "waiting_view"):
        row_level_security(op, table)

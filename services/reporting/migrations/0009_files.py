"""The feeds' files: of each day that is over a package, which never changes, and its parts."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0009"
down_revision = "reporting_0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE feed_packages (
    force_id text NOT NULL,
    day date NOT NULL,
    document text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (force_id, day)
);

CREATE TABLE feed_file_parts (
    force_id text NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    part integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (force_id, day, name, part),
    FOREIGN KEY (force_id, day) REFERENCES feed_packages ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED
);
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("feed_packages", "feed_file_parts"):
        row_level_security(op, table)
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )

"""The tables of the service under load, and those that the floors write."""

from alembic import op

from chassis.database import row_level_security

revision = "load_0001"
down_revision = None
branch_labels = ("load",)
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE folders (portfolio_id uuid PRIMARY KEY, learner_id uuid NOT NULL,"
        " force_id text NOT NULL, revision integer NOT NULL, version integer NOT NULL)"
    )
    op.execute("CREATE TABLE bare_folders (LIKE folders INCLUDING ALL)")
    row_level_security(op, "folders")
    op.execute(
        "CREATE TABLE folder_view (portfolio_id uuid PRIMARY KEY, learner_id uuid NOT NULL,"
        " force_id text NOT NULL, revision integer NOT NULL, sequence bigint NOT NULL,"
        " changed_at timestamptz NOT NULL)"
    )
    op.execute(
        "CREATE TABLE raw_rows (portfolio_id text, learner_id text, force_id text, revision bigint)"
    )
    op.execute(
        "CREATE TABLE raw_offsets (partition integer PRIMARY KEY, next_offset bigint NOT NULL)"
    )

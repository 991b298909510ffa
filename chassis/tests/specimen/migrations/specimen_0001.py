"""The specimen's tables."""

from alembic import op

from chassis.database import row_level_security

revision = "specimen_0001"
down_revision = None
branch_labels = ("specimen",)
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE folders (portfolio_id uuid PRIMARY KEY, learner_id uuid NOT NULL,"
        " force_id text NOT NULL, revision integer NOT NULL, version integer NOT NULL)"
    )
    row_level_security(op, "folders")
    op.execute("CREATE TABLE tally_view (force_id text PRIMARY KEY, submitted bigint NOT NULL)")
    op.execute(
        "CREATE TABLE latest_view"
        " (portfolio_id uuid PRIMARY KEY, revision integer, sequence bigint)"
    )
    op.execute("CREATE TABLE notes (id bigserial PRIMARY KEY, portfolio_id uuid, revision integer)")

"""Portfolios on their way, and since when each is where it is."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0004"
down_revision = "reporting_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE pipeline_view (
            portfolio_id uuid PRIMARY KEY,
            force_id text NOT NULL,
            state text NOT NULL,
            since date NOT NULL,
            sequence bigint NOT NULL
        ) WITH (fillfactor = 80)
        """
    )
    op.execute("CREATE INDEX pipeline_view_force ON pipeline_view (force_id, state, since)")
    row_level_security(op, "pipeline_view")

"""Streams: how much of each feed its Kafka topic holds."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0008"
down_revision = "reporting_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE feed_streams (force_id text PRIMARY KEY, position bigint NOT NULL)"
        " WITH (fillfactor = 50)"
    )
    row_level_security(op, "feed_streams")

"""Generations of projections: read models that are built anew beside the live ones."""

from alembic import op

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None
depends_on = None

# tables: what was copied for it; those whose name is in shared hold rows of several groups.
GENERATIONS = """
CREATE TABLE generations (
    n integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer_group text NOT NULL,
    state text NOT NULL DEFAULT 'building' CHECK (state IN ('building', 'promoted', 'retired')),
    tables text[] NOT NULL,
    shared text[] NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    made_because text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
"""
ONE_OPEN = """
CREATE UNIQUE INDEX generations_open ON generations (consumer_group) WHERE state <> 'retired'
"""


def upgrade() -> None:
    op.execute(GENERATIONS)
    op.execute(ONE_OPEN)

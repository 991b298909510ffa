"""Whose an erasure was: a force reads the receipts of its own people, and nobody's holds."""

from alembic import op

revision = "chassis_0005"
down_revision = "chassis_0004"
branch_labels = None
depends_on = None

# Of erasures before this, nobody knows here who had the learner last: they are for the nation.
STATEMENTS = (
    "ALTER TABLE erasures ADD COLUMN force_id text",
    "ALTER TABLE erasures ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE erasures FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY force_scope ON erasures USING (
        (SELECT current_setting('npp.force', true)) = '*'
        OR force_id = (SELECT current_setting('npp.force', true))) WITH CHECK (true)
    """,
    "ALTER TABLE holds ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE holds FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY every_force ON holds
    USING ((SELECT current_setting('npp.force', true)) = '*') WITH CHECK (true)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

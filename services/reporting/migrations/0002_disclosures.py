"""What has been published with small numbers withheld."""

from alembic import op

revision = "reporting_0002"
down_revision = "reporting_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE disclosures (of text PRIMARY KEY, known text NOT NULL)")
    # Every force's counts stand in it: only who sees all of them may read it.
    op.execute("ALTER TABLE disclosures ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE disclosures FORCE ROW LEVEL SECURITY")
    visible = "current_setting('npp.force', true) = '*'"
    op.execute(f"CREATE POLICY every_force ON disclosures USING ({visible})")

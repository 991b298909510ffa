"""Who of the staff counts in the headline: seen by the force that has signed for them."""

from alembic import op

revision = "reporting_0013"
down_revision = "reporting_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    scope = "(SELECT current_setting('npp.force', true))"
    visible = f"{scope} = '*' OR learner_id IN (SELECT learner_id FROM headline_signatures_view)"  # noqa: S608
    op.execute("ALTER TABLE headline_staff_view ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE headline_staff_view FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY force_scope ON headline_staff_view USING ({visible}) WITH CHECK (true)"
    )

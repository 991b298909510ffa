"""Links to figures as CSV, of who made them."""

from alembic import op

revision = "reporting_0010"
down_revision = "reporting_0009"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE csv_links (
    link_id uuid PRIMARY KEY,
    secret_sha256 bytea NOT NULL,
    force_id text NOT NULL,
    exact boolean NOT NULL,
    label text NOT NULL,
    figure text NOT NULL,
    period text NOT NULL,
    counted_by text NOT NULL,
    per text NOT NULL,
    version integer,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
)
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("CREATE INDEX csv_links_made_by ON csv_links (force_id, made_by)")
    # The nation's own are no force's to see, so this is not the policy of figures.
    scope = "(SELECT current_setting('npp.force', true))"
    op.execute("ALTER TABLE csv_links ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE csv_links FORCE ROW LEVEL SECURITY")
    visible = f"{scope} = '*' OR force_id = {scope}"
    op.execute(f"CREATE POLICY force_scope ON csv_links USING ({visible}) WITH CHECK (true)")

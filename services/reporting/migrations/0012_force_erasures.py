"""What each force was told to erase of its own, by its pseudonym, and when it said that it had."""

from alembic import op

from chassis.database import row_level_security

revision = "reporting_0012"
down_revision = "reporting_0011"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE force_erasures (
    force_id text NOT NULL,
    pseudonym uuid NOT NULL,
    position bigint NOT NULL,
    told_at timestamptz NOT NULL,
    due_on date NOT NULL,
    confirmed_at timestamptz,
    confirmed_by text,
    PRIMARY KEY (force_id, pseudonym),
    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL))
)
"""
# What stands in feeds already was told, too.
TOLD = """
INSERT INTO force_erasures (force_id, pseudonym, position, told_at, due_on)
SELECT force_id, subject::uuid, position, placed_at,
    (document::jsonb -> 'data' ->> 'due_on')::date
FROM feed_events WHERE type = 'npp.enrolment.learner-erased.v1' AND document IS NOT NULL
ON CONFLICT DO NOTHING
"""
STAYS = """
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON force_erasures
FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("CREATE INDEX ON force_erasures (force_id, due_on) WHERE confirmed_at IS NULL")
    op.execute("SELECT set_config('npp.force', '*', true)")
    op.execute(TOLD)
    op.execute(STAYS)
    row_level_security(op, "force_erasures")

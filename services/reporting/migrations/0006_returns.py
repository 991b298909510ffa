"""Returns: figures as the log had them at a cut, frozen, confirmed and published by versions."""

from alembic import op

revision = "reporting_0006"
down_revision = "reporting_0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE disclosures_past (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    known text NOT NULL
);

CREATE TABLE cuts (
    cut_id uuid PRIMARY KEY,
    known_at timestamptz NOT NULL,
    about date,
    figures text[] NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    read_at timestamptz,
    ends text,
    not_applied bigint,
    problem text
);
CREATE INDEX cuts_waiting ON cuts (asked_at) WHERE read_at IS NULL AND problem IS NULL;

CREATE TABLE cut_figures (
    cut_id uuid NOT NULL REFERENCES cuts,
    sight text NOT NULL,
    figure text NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (cut_id, sight, figure)
);

CREATE TABLE cut_parts (
    cut_id uuid NOT NULL REFERENCES cuts,
    force_id text NOT NULL,
    sha256 text NOT NULL,
    denominator integer,
    PRIMARY KEY (cut_id, force_id)
);

CREATE TABLE returns (
    return_id uuid PRIMARY KEY,
    figure_set text NOT NULL,
    period text NOT NULL,
    as_of date NOT NULL,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    UNIQUE (figure_set, period)
);

CREATE TABLE return_versions (
    return_id uuid NOT NULL REFERENCES returns,
    version integer NOT NULL,
    cut_id uuid NOT NULL REFERENCES cuts,
    reason text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    published_by text,
    published_at timestamptz,
    PRIMARY KEY (return_id, version)
);

CREATE TABLE return_confirmations (
    return_id uuid NOT NULL REFERENCES returns,
    force_id text NOT NULL,
    sha256 text NOT NULL,
    from_version integer NOT NULL,
    confirmed_by text NOT NULL,
    confirmed_at timestamptz NOT NULL,
    PRIMARY KEY (return_id, force_id, sha256)
)
"""
# By the database itself: no mistake of ours can change what has been frozen or published.
FROZEN = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is frozen', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""
TRIGGERS = {
    "cut_figures": "UPDATE OR DELETE",
    "cut_parts": "UPDATE OR DELETE",
    "return_confirmations": "UPDATE OR DELETE",
    "returns": "UPDATE OR DELETE",
}
ONCE = {"cuts": "read_at", "return_versions": "published_at"}
OWN = {
    "cut_figures": "sight",
    "cut_parts": "force_id",
    "return_confirmations": "force_id",
}


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    op.execute(FROZEN)
    for table, event in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER frozen BEFORE {event} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table, column in ONCE.items():
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW WHEN (OLD.{column} IS NOT NULL) EXECUTE FUNCTION refuse_change()"
        )
    scope = "(SELECT current_setting('npp.force', true))"
    for table, column in OWN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        visible = f"{scope} = '*' OR {column} = {scope}"
        op.execute(f"CREATE POLICY force_scope ON {table} USING ({visible}) WITH CHECK (true)")
    op.execute("ALTER TABLE disclosures_past ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE disclosures_past FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY every_force ON disclosures_past USING ({scope} = '*')")

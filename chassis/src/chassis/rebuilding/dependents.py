"""What else points at a table not by its name but at the very table: views and policies."""

from dataclasses import dataclass
from typing import Final

from chassis.database import Driver
from chassis.errors import Refusal
from chassis.rebuilding.generation import LIVE, Generation

# Written with the live path, so that tables stand there by name and are found anew by it.
_DEPENDENTS: Final = """
WITH mine AS (
    SELECT oid FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1::text[])
), pointing AS (
    SELECT DISTINCT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_class'::regclass AND refobjid IN (SELECT oid FROM mine)
)
SELECT format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
              ' WITH (' || array_to_string(v.reloptions, ', ') || ')',
              pg_get_viewdef(v.oid)) AS sql, NULL AS refused
FROM pointing JOIN pg_rewrite AS r ON classid = 'pg_rewrite'::regclass AND r.oid = objid
JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'
UNION ALL
SELECT format('ALTER POLICY %I ON %s%s%s', polname, polrelid::regclass,
              ' USING (' || pg_get_expr(polqual, polrelid) || ')',
              ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')'), NULL
FROM pointing JOIN pg_policy AS p ON classid = 'pg_policy'::regclass AND p.oid = objid
WHERE polrelid NOT IN (SELECT oid FROM mine)
UNION ALL
SELECT NULL, pg_describe_object(classid, objid, 0)
FROM pointing LEFT JOIN pg_rewrite AS r ON classid = 'pg_rewrite'::regclass AND r.oid = objid
LEFT JOIN pg_class AS c ON c.oid = r.ev_class
WHERE classid = 'pg_proc'::regclass OR c.relkind NOT IN ('v', 'r')
"""


class Entangled(Refusal):
    title = "Something holds on to a live table and can't be pointed at another one"


@dataclass(frozen=True, slots=True)
class Dependents:
    """The statements that point them, by name, at what is live then."""

    statements: list[str]

    async def turn(self, connection: Driver) -> None:
        """Point them at the tables that are live now."""
        for statement in self.statements:
            await connection.execute(statement)


async def dependents_of(connection: Driver, generation: Generation) -> Dependents:
    """Outside of the generation; raises Entangled. Leaves the transaction on the live path."""
    await connection.execute(f"SET LOCAL search_path = {LIVE}")
    found = await connection.fetch(_DEPENDENTS, generation.tables)
    if refused := [row["refused"] for row in found if row["refused"]]:
        raise Entangled("; ".join(refused), what=refused)
    return Dependents([row["sql"] for row in found])

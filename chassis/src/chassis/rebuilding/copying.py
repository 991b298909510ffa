"""Copying tables, empty: with their keys, indexes by name, row-level security and grants."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from chassis.database import Driver
from chassis.errors import Refusal
from chassis.projection import Projection
from chassis.rebuilding.generation import LIVE

_TABLES: Final = """
WITH copied AS (
    SELECT oid, relname, reloptions, relrowsecurity, relforcerowsecurity, relacl, relowner
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1::text[])
      AND relkind = 'r'
)
"""
_POLICIES: Final = 4
"""The first step that is about who may see what."""
# LIKE would give indexes names of its own, and leave out how full pages may be.
_DEFINITIONS: Final = f"""{_TABLES}
SELECT 1 AS step, relname AS name, format(
    'CREATE TABLE %I.%I (LIKE public.%I INCLUDING ALL EXCLUDING INDEXES)%s', $2::text, relname,
    relname, ' WITH (' || array_to_string(reloptions, ', ') || ')') AS statement
FROM copied
UNION ALL SELECT 2, conname, format(
    'ALTER TABLE %I ADD CONSTRAINT %I %s', relname, conname, pg_get_constraintdef(k.oid))
FROM copied JOIN pg_constraint AS k ON k.conrelid = copied.oid AND k.contype IN ('p', 'u', 'x')
UNION ALL SELECT 3, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid, 0, true)
FROM copied JOIN pg_index AS i ON i.indrelid = copied.oid
WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
UNION ALL SELECT 4, relname, format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relname)
FROM copied WHERE relrowsecurity
UNION ALL SELECT 4, relname, format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relname)
FROM copied WHERE relforcerowsecurity
UNION ALL SELECT 5, policyname, format(
    'CREATE POLICY %I ON %I AS %s FOR %s TO %s%s%s', policyname, relname, permissive, cmd,
    (SELECT string_agg(quote_ident(each), ', ') FROM unnest(roles) AS each),
    ' USING (' || qual || ')', ' WITH CHECK (' || with_check || ')')
FROM copied JOIN pg_policies ON schemaname = 'public' AND tablename = relname
UNION ALL SELECT 6, relname, format(
    'GRANT %s ON %I TO %s%s', g.privilege_type, relname,
    CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
    CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM copied, aclexplode(relacl) AS g WHERE g.grantee <> relowner
ORDER BY step, name
"""  # noqa: S608
_FOREIGN: Final = f"""{_TABLES}
SELECT format('%s: trigger %s', relname, tgname) AS what
FROM copied JOIN pg_trigger ON tgrelid = copied.oid AND NOT tgisinternal
UNION ALL SELECT format('%s: foreign key %s', relname, conname)
FROM copied JOIN pg_constraint ON contype = 'f' AND copied.oid IN (conrelid, confrelid)
UNION ALL SELECT format('%s: default %s', relname, pg_get_expr(adbin, adrelid))
FROM copied JOIN pg_attrdef AS d ON d.adrelid = copied.oid
JOIN pg_depend ON classid = 'pg_attrdef'::regclass AND objid = d.oid
    AND refclassid = 'pg_class'::regclass AND refobjid <> copied.oid
UNION ALL SELECT format('%s: statistics %s', relname, stxname)
FROM copied JOIN pg_statistic_ext ON stxrelid = copied.oid
UNION ALL SELECT format('%s: inherited', relname)
FROM copied JOIN pg_inherits ON copied.oid IN (inhrelid, inhparent)
UNION ALL SELECT format('%s: no such table', name)
FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT relname FROM copied)
"""  # noqa: S608


_TEMPORARY: Final = "pg_temp"
"""Where a connection finds its own temporary tables, before any other."""


class NotCopyable(Refusal):
    title = "A table of the projection has something that its copy would not have"


class NotOwned(Refusal):
    title = "A statement of the projection touches a table that it does not own"


def path(schema: str) -> str:
    """Where a transaction finds tables: first in the schema, then where all others are."""
    return f"SET LOCAL search_path = {schema}, {LIVE};"


async def copy(
    connection: Driver, schema: str, tables: Sequence[str], projection: Projection
) -> None:
    """Make a schema with empty copies of live tables; leaves the transaction's path on it.

    Raises NotCopyable, or NotOwned if a statement would touch others.
    """
    await connection.execute(f"SET LOCAL search_path = {LIVE}")
    definitions = await _defined(connection, schema, tables)
    await connection.execute(f"CREATE SCHEMA {schema}; {path(schema)}")
    await _make(connection, schema, definitions, [projection])


async def stand_in(
    connection: Driver, projections: Sequence[Projection], beside: Sequence[str] = ()
) -> None:
    """Put empty tables before those of the projections and others, for this connection alone.

    They are temporary: gone when the transaction is rolled back, else when the connection is
    closed. It must be a new one: a statement that was prepared on the live tables would go on
    finding them. Raises as copy() does.
    """
    tables = sorted({t.name for each in projections for t in (*each.tables, *each.shared)})
    definitions = await _defined(connection, _TEMPORARY, [*tables, *beside])
    await _make(connection, _TEMPORARY, definitions, projections)


async def _defined(connection: Driver, schema: str, tables: Sequence[str]) -> list[asyncpg.Record]:
    if found := await connection.fetch(_FOREIGN, tables):
        what = [row["what"] for row in found]
        raise NotCopyable("; ".join(what), what=what)
    return await connection.fetch(_DEFINITIONS, tables, schema)


async def _make(
    connection: Driver,
    schema: str,
    definitions: Sequence[asyncpg.Record],
    projections: Sequence[Projection],
) -> None:
    for row in definitions:
        if row["step"] < _POLICIES:
            await connection.execute(row["statement"])
    # Policies may well look at other tables; they are not there yet, so statements stand alone.
    for projection in projections:
        await _stay_inside(connection, schema, projection)
    for row in definitions:
        if row["step"] >= _POLICIES:
            await connection.execute(row["statement"])


async def _stay_inside(connection: Driver, schema: str, projection: Projection) -> None:
    # Outside it would count into the live tables what they have counted already, or take what is
    # there now for what was there then.
    for statements in projection.on.values():
        for statement in statements:
            explain = f"EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) {statement.prepared}"
            nothing = [None] * len(statement.names)
            plan = await connection.fetchval(explain, *nothing)
            outside = {name for where, name in _touched(plan) if where != schema}
            if outside:
                raise NotOwned(", ".join(sorted(outside)), group=projection.group, tables=outside)


def _touched(plan: Any) -> set[tuple[str, str]]:
    if isinstance(plan, list):
        return {each for one in plan for each in _touched(one)}
    if not isinstance(plan, dict):
        return set()
    mine = {(plan["Schema"], plan["Relation Name"])} if "Relation Name" in plan else set()
    return mine | {each for one in plan.values() for each in _touched(one)}

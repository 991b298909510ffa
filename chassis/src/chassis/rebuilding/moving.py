"""Changing places: the generation's tables and its group's memory become live in one moment."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from sqlalchemy import Table

from chassis.database import Database, Driver
from chassis.errors import Refusal
from chassis.faults import point
from chassis.operating.audit import Operator, note
from chassis.projection import APART, EARLIER, RISES, Projection, marked
from chassis.rebuilding.comparing import SECONDS, Comparison, Different, compared
from chassis.rebuilding.dependents import dependents_of
from chassis.rebuilding.generation import LIVE, Generation, State, become, open_of
from chassis.rebuilding.holding import expect_near, held

# A reader that comes while we wait for those before it waits too, so we wait for moments only.
_LOCK_MS: Final = 50
_PAUSE_SECONDS: Final = 0.15
_TRIES: Final = 200
_MEMORY: Final = ("streams", "dead_letters", "parked_events")
_BETWEEN: Final = "@"
_RENAME: Final = "UPDATE {table} SET consumer_group = $2 WHERE consumer_group = $1"
_TAKE: Final = 'DELETE FROM {schema}."{table}" WHERE consumer_group = $1 RETURNING *'
_SHAPE: Final = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = $1::text::regnamespace AND c.relname = ANY ($2::text[])
  AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum
"""


class NotPromoted(Refusal):
    title = "The generation is not live, so there is nothing to go back from"


class PromotedAlready(Refusal):
    title = "The generation is live already"


class ShapesDiffer(Refusal):
    title = "The generation was made for tables of another shape: retire it and rebuild"


class ReadersInTheWay(Refusal):
    title = "The tables were never free for a moment; nothing was changed"


async def promote(
    database: Database,
    projection: Projection,
    operator: Operator,
    *,
    differences_accepted: bool = False,
) -> Comparison:
    """Make the generation live. Raises Apart, or Different unless differences are accepted."""
    await _prepare(database, projection.group)
    async with held(database, projection.group) as (connection, generation):
        if generation.state is State.PROMOTED:
            raise PromotedAlready(generation.aside)
        await _expect_shape(connection, generation, projection)
        comparison = await compared(connection, generation, projection)
        if comparison.differences and not differences_accepted:
            raise Different(comparison)
        await point("generation.compared")
        await _change_places(connection, generation, projection)
        await become(connection, generation, State.PROMOTED)
        facts = {"n": generation.n, "rows": comparison.rows, "differences": comparison.differences}
        await note(connection, operator, "projection promote", generation.group, **facts)
        await point("generation.before-commit")
    await point("generation.after-commit")
    return comparison


async def rollback(database: Database, projection: Projection, operator: Operator) -> Generation:
    """Make live again what a promotion has put aside. Raises NotPromoted or Apart."""
    async with held(database, projection.group) as (connection, generation):
        if generation.state is not State.PROMOTED:
            raise NotPromoted(generation.aside)
        await _expect_shape(connection, generation, projection)
        await _change_places(connection, generation, projection)
        await become(connection, generation, State.BUILDING)
        await note(connection, operator, "projection rollback", generation.group, n=generation.n)
        await point("generation.before-commit")
    await point("generation.after-commit")
    return generation


async def _prepare(database: Database, group: str) -> None:
    """Readers of the new tables must not begin with a planner that knows nothing of them."""
    async with database.outside() as connection:
        generation = await open_of(connection, group)
        await expect_near(connection, generation)
        if generation.state is State.BUILDING:
            for table in generation.own:
                sql = f'VACUUM (ANALYZE) {generation.schema}."{table}"'
                await connection.execute(sql, timeout=SECONDS)


async def _expect_shape(connection: Driver, generation: Generation, projection: Projection) -> None:
    declared = {each.name for each in (*projection.tables, *projection.shared)}
    live, aside = [
        [tuple(row) for row in await connection.fetch(_SHAPE, schema, generation.tables)]
        for schema in (LIVE, generation.schema)
    ]
    if declared != set(generation.tables) or live != aside:
        unlike = {row[0] for row in {*live} ^ {*aside}} | declared ^ {*generation.tables}
        raise ShapesDiffer(", ".join(sorted(unlike)), tables=unlike)


async def _change_places(
    connection: Driver, generation: Generation, projection: Projection
) -> None:
    """Everything in one savepoint, so that what must be waited for can be tried again."""
    dependents = await dependents_of(connection, generation)
    for _ in range(_TRIES):
        await connection.execute(f"SAVEPOINT places; SET LOCAL lock_timeout = {_LOCK_MS}")
        try:
            await _change_memory(connection, generation)
            for table in projection.shared:
                await _change_rows(connection, generation, table)
            await _change_tables(connection, generation)
            await dependents.turn(connection)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await connection.execute("ROLLBACK TO SAVEPOINT places")
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            await point("generation.swapped")
            return
    raise ReadersInTheWay(f"{_TRIES} times", tables=generation.tables)


async def _change_memory(connection: Driver, generation: Generation) -> None:
    # Not the checkpoints: they are equal.
    names = generation.group, generation.aside, f"{generation.aside}{_BETWEEN}"
    for table in _MEMORY:
        rename = _RENAME.format(table=table)
        for before, after in ((0, 2), (1, 0), (2, 1)):
            await connection.execute(rename, names[before], names[after])


async def _change_rows(connection: Driver, generation: Generation, table: Table) -> None:
    """The group's rows of a table that others have rows in, too."""
    taken = {
        schema: await connection.fetch(
            _TAKE.format(schema=schema, table=table.name), generation.group
        )
        for schema in (LIVE, generation.schema)
    }
    going, coming = ([dict(row) for row in taken[schema]] for schema in (LIVE, generation.schema))
    _continue(table, going, coming)
    for schema, rows in ((LIVE, coming), (generation.schema, going)):
        if rows:
            columns = ", ".join(f'"{name}"' for name in rows[0])
            values = ", ".join(f"${number}" for number in range(1, len(rows[0]) + 1))
            insert = f'INSERT INTO {schema}."{table.name}" ({columns}) VALUES ({values})'  # noqa: S608
            await connection.executemany(insert, [tuple(row.values()) for row in rows])


def _continue(table: Table, going: list[dict[str, Any]], coming: list[dict[str, Any]]) -> None:
    """Let the rows that come say what those that go can't have said better."""
    rises, earlier = marked(table, RISES), marked(table, EARLIER)
    same = [each.name for each in table.primary_key if each.name not in marked(table, APART)]
    for row in coming:
        before, beside = ([e for e in rows if _alike(e, row, same)] for rows in (going, coming))
        for name in rises:
            # By no more than it takes: what is exchanged again and again would soon overflow.
            short = 1 + sum(each[name] for each in before) - sum(each[name] for each in beside)
            row[name] += max(0, short)
        for name in earlier if before else ():
            row[name] = min(row[name], max(each[name] for each in before))


def _alike(one: dict[str, Any], other: dict[str, Any], names: Sequence[str]) -> bool:
    return all(one[name] == other[name] for name in names)


async def _change_tables(connection: Driver, generation: Generation) -> None:
    own = sorted(generation.own)
    both = ", ".join(f'{schema}."{table}"' for schema in (LIVE, generation.schema) for table in own)
    # Before any is moved: whoever has read one of them goes on with the others as they were, and
    # a try that fails for that has cost nothing.
    await connection.execute(f"LOCK TABLE {both} IN ACCESS EXCLUSIVE MODE")
    between = f"{generation.schema}_between"
    moves = [(LIVE, between), (generation.schema, LIVE), (between, generation.schema)]
    steps = [
        f'ALTER TABLE {before}."{table}" SET SCHEMA {after}'
        for before, after in moves
        for table in own
    ]
    await connection.execute("; ".join([f"CREATE SCHEMA {between}", *steps]))
    await connection.execute(f"DROP SCHEMA {between}")

"""Comparing a generation with the live tables: count and checksum by table and force, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chassis.database import Database, Driver
from chassis.errors import Refusal
from chassis.faults import point
from chassis.projection import APART, Projection, marked
from chassis.rebuilding.generation import LIVE, Generation
from chassis.rebuilding.holding import held

# Reading two large tables takes longer than any request may.
SECONDS: Final = 3600.0

_COLUMNS: Final = """
SELECT attname, attnum FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# A sum does not depend on the order of rows, and a row that is there twice counts twice.
_SUMS: Final = """
SELECT coalesce({part}::text, '') AS part, count(*) AS rows,
       sum(hashtextextended(ROW({columns})::text, 0)::numeric) AS checksum
FROM {rows} GROUP BY 1
"""
_BESIDE: Final = """
SELECT coalesce(live.part, aside.part) AS part,
       coalesce(live.rows, 0) AS live, coalesce(aside.rows, 0) AS aside,
       live.checksum IS NOT DISTINCT FROM aside.checksum AS same
FROM ({live}) AS live FULL JOIN ({aside}) AS aside USING (part) ORDER BY 1
"""
# What a group remembers must be the same too: a key that waits in one of them and not in the
# other is a difference, even while it has not reached a table.
_MEMORY: Final = {
    "sequences": (
        "topic",
        "key, sequence, blocked",
        """(SELECT topic, key, sequence, blocked FROM streams JOIN sequences ON stream = id
            WHERE consumer_group = {group}) AS known""",
    ),
    "dead letters": (
        "topic",
        'topic, partition, "offset"',
        "(SELECT * FROM dead_letters WHERE consumer_group = {group} AND closed_at IS NULL) AS dead",
    ),
    "parked events": (
        "topic",
        "topic, key, sequence",
        "(SELECT * FROM parked_events WHERE consumer_group = {group}) AS parked",
    ),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of one table. part: the force, or the topic of what a group remembers; '' whole."""

    table: str
    part: str
    live: int
    aside: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """rows: how many live ones each table has. left_out: what was not compared, and why."""

    group: str
    n: int
    rows: dict[str, int]
    differences: Sequence[Difference]
    left_out: dict[str, str]


class Different(Refusal):
    title = "The generation is not what is live"

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        found = [
            {"table": one.table, "part": one.part, "live": one.live, "aside": one.aside}
            for one in comparison.differences
        ]
        tables = sorted({one.table for one in comparison.differences})
        super().__init__(f"{len(found)} differences in {', '.join(tables)}", differences=found)


async def compare(database: Database, projection: Projection) -> Comparison:
    """Both as they are at the same offsets, and go on from then. Raises Apart."""
    async with database.transaction() as beside:
        # It keeps seeing what was there at its first query, which it makes while both are held,
        # and keeps others from exchanging or dropping the tables.
        await beside.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        async with held(database, projection.group) as (_, generation):
            await beside.connection.execute(f"LOCK TABLE {_both(generation)} IN ACCESS SHARE MODE")
            await beside.connection.execute("SELECT FROM generations")
        await point("generation.comparing")
        return await compared(beside.connection, generation, projection)


def _both(generation: Generation) -> str:
    schemas = (LIVE, generation.schema)
    return ", ".join(f'{each}."{table}"' for each in schemas for table in generation.own)


async def compared(
    connection: Driver, generation: Generation, projection: Projection
) -> Comparison:
    """The same in a transaction to which both are at the same offsets."""
    apart = {each.name: marked(each, APART) for each in projection.tables}
    left_out = dict.fromkeys(generation.shared, "says how and when it was applied, not what")
    rows: dict[str, int] = {}
    differences: list[Difference] = []
    for table in generation.own:
        found = await connection.fetch(_COLUMNS, f"{LIVE}.{table}")
        names = [row["attname"] for row in found]
        left_out |= {f"{table}.{name}": "may differ by nature" for name in apart.get(table, ())}
        columns = ", ".join(f'"{name}"' for name in names if name not in apart.get(table, ()))
        part = "force_id" if "force_id" in names else "''"
        live, aside = (
            _SUMS.format(part=part, columns=columns, rows=f'{schema}."{table}"')
            for schema in (LIVE, generation.schema)
        )
        await _note(connection, table, (live, aside), rows, differences)
    for name, (part, columns, source) in _MEMORY.items():
        live, aside = (
            _SUMS.format(part=part, columns=columns, rows=source.format(group=f"${number}::text"))
            for number in (1, 2)
        )
        groups = generation.group, generation.aside
        await _note(connection, name, (live, aside), rows, differences, *groups)
    return Comparison(generation.group, generation.n, rows, differences, left_out)


async def _note(
    connection: Driver,
    name: str,
    sides: tuple[str, str],
    rows: dict[str, int],
    differences: list[Difference],
    *groups: str,
) -> None:
    sql = _BESIDE.format(live=sides[0], aside=sides[1])
    found = await connection.fetch(sql, *groups, timeout=SECONDS)
    rows[name] = sum(row["live"] for row in found)
    differences += [
        Difference(name, row["part"], row["live"], row["aside"]) for row in found if not row["same"]
    ]

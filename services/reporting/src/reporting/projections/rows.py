"""Queries as values: run one with its parameters and get plain rows."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]
_KEYED = """
SELECT force_id, key, sum(n)::bigint AS n FROM tally_cells
WHERE tally = :tally AND {forces} GROUP BY force_id, key
"""
Counts = dict[str | None, Row]
"""Rows by force; None is the row of all that are seen, in which a person counts once."""


def _own(force: str | None) -> str:
    return "true" if force is None else "force_id = :force"


async def rows(connection: AsyncConnection, sql: str, **parameters: Any) -> list[Row]:
    found = await connection.execute(text(sql), parameters)
    return [dict(row) for row in found.mappings()]


async def keyed(
    connection: AsyncConnection, tally: str, force: str | None, *, once: bool = False
) -> Counts:
    """A tally's counts by force, each under its key; once: the nation's row counts apart."""
    found = await rows(connection, _KEYED.format(forces=_own(force)), tally=tally, force=force)
    counts: Counts = {None: {}}
    for row in found:
        force_id, key, n = row["force_id"] or None, row["key"], row["n"]
        counts.setdefault(force_id, {})[key] = n
        if force_id is not None and (not once or force is not None):
            counts[None][key] = counts[None].get(key, 0) + n
    return counts


async def by_force(connection: AsyncConnection, sql: str, **parameters: Any) -> Counts:
    """Of a query that groups by force and by nothing: its rows by `force_id`."""
    found = await rows(connection, sql, **parameters)
    return {row.pop("force_id"): row for row in found}

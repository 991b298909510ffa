"""Queries as values: run one with its parameters and get plain rows."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]
Counts = dict[str | None, Row]
"""Rows by force; None is the row of all that are seen, in which a person counts once."""


async def rows(connection: AsyncConnection, sql: str, **parameters: Any) -> list[Row]:
    found = await connection.execute(text(sql), parameters)
    return [dict(row) for row in found.mappings()]


async def by_force(connection: AsyncConnection, sql: str, **parameters: Any) -> Counts:
    """Of a query that groups by force and by nothing: its rows by `force_id`."""
    found = await rows(connection, sql, **parameters)
    return {row.pop("force_id"): row for row in found}

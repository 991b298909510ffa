"""The cells that figures are read from, beside a count of everybody that is made on the spot."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from chassis.database import EVERY_FORCE
from reporting.tallies.counting import stand_alone

_CELLS: Final = "SELECT tally, force_id, key, item, d1, d2, n FROM {}.tally_cells"
_KEPT, _ANEW = _CELLS.format("public"), _CELLS.format("pg_temp")
_OTHERS: Final = f"""
(SELECT 'too many', * FROM ({_KEPT} EXCEPT {_ANEW}) AS kept)
UNION ALL (SELECT 'missing', * FROM ({_ANEW} EXCEPT {_KEPT}) AS anew)
"""


@asynccontextmanager
async def _asking(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url, server_settings={"npp.force": EVERY_FORCE})
    try:
        yield connection
    finally:
        await connection.close()


async def uncounted(url: str) -> list[str]:
    """What reporting has applied and its figures do not count yet, in words."""
    async with _asking(url) as connection:
        batches = await connection.fetchval("SELECT count(*) FROM tally_touched")
    return [f"{batches} batches are not counted"] if batches else []


async def miscounted(url: str) -> "Counter[tuple[Any, ...]]":
    """The cells that are not what they should be, each with what is wrong with it."""
    async with _asking(url) as connection, connection.transaction(isolation="repeatable_read"):
        await connection.execute(
            "CREATE TEMP TABLE tally_cells (LIKE public.tally_cells) ON COMMIT DROP"
        )
        await stand_alone(connection)
        return Counter(tuple(row) for row in await connection.fetch(_OTHERS))

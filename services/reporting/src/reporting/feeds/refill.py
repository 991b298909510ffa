"""Filling topics anew from their feeds, after they or their cluster were lost."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from chassis.database import Database
from chassis.operating.audit import Operator, note
from reporting.feeds.stream import ROUND, STANDING

_HOLD: Final = "SELECT pg_advisory_lock($1)"
_RELEASE: Final = "SELECT pg_advisory_unlock($1)"
_FROM_THE_FIRST: Final = """
UPDATE feed_streams SET position = 0 WHERE force_id = ANY ($1::text[])
"""
_COMING: Final = f"""
SELECT force_id, position + 1 AS first, feed_end AS last FROM ({STANDING}) AS f
WHERE force_id = ANY ($1::text[]) ORDER BY force_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Refilled:
    """Which positions of a feed its topic is filled with by whoever consumes, from now on."""

    force: str
    first: int
    last: int


async def refill(
    database: Database,
    _brokers: str,
    force_ids: Sequence[str],
    operator: Operator,
    emptied: Callable[[], Awaitable[None]],
) -> list[Refilled]:
    """Have these topics filled from the first position that is kept.

    emptied: leaves them there and without a record. It is called when nothing is on its way to
    any topic, and nothing goes there before it is done and noted: so what comes first, is first.
    """
    async with database.outside() as connection:
        await connection.fetchval(_HOLD, ROUND)
        await emptied()
        async with connection.transaction():
            await connection.execute(_FROM_THE_FIRST, force_ids)
            found = [Refilled(*row) for row in await connection.fetch(_COMING, force_ids)]
            for each in found:
                await note(
                    connection,
                    operator,
                    "stream refill",
                    each.force,
                    first=each.first,
                    last=each.last,
                )
        await connection.fetchval(_RELEASE, ROUND)
    return found

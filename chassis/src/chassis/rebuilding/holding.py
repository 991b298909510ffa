"""Holding the live group and the one aside at the same place, so that they can be compared."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from chassis.database import Database, Driver
from chassis.errors import Refusal
from chassis.kafka import Place
from chassis.rebuilding.generation import Generation, Lock, open_of

# No batch of the live group is kept waiting for one that is further behind than this.
NEAR: Final = 5_000
PATIENCE_SECONDS: Final = 5.0
# Longer than a process of the one aside is ever without a batch while it has something to read.
_STILL_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.02

_WHERE: Final = """
SELECT topic, partition, next_offset FROM checkpoints WHERE consumer_group = $1
"""
# A partition that nobody has opened has no row to lock; opening one needs its topic's.
_NAME: Final = """
INSERT INTO streams (consumer_group, topic)
SELECT $1, topic FROM streams WHERE consumer_group = ANY ($2::text[])
ON CONFLICT DO NOTHING
"""
_CLOSE: Final = "SELECT FROM streams WHERE consumer_group = $1 ORDER BY topic FOR UPDATE"
_HOLD: Final = f"{_WHERE} ORDER BY topic, partition FOR UPDATE"


class Apart(Refusal):
    title = "The live group and the one aside are not at the same place"


async def offsets(connection: Driver, group: str) -> dict[Place, int]:
    """Where a group goes on, by partition; nothing of those that it has never opened."""
    rows = await connection.fetch(_WHERE, group)
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def behind(live: dict[Place, int], aside: dict[Place, int]) -> int:
    """The records that the live group has passed and the one aside has not."""
    return sum(max(0, offset - aside.get(place, 0)) for place, offset in live.items())


@asynccontextmanager
async def held(
    database: Database, group: str, *, lock: Lock = " FOR NO KEY UPDATE"
) -> AsyncIterator[tuple[Driver, Generation]]:
    """A transaction in which both groups are at the same offsets, and none of their batches ends.

    The one aside follows the live one and never passes it, so the live one is held first, and the
    other comes up to it. Raises Apart when it does not.
    """
    async with database.transaction() as within:
        connection = within.connection
        generation = await open_of(connection, group, lock)
        await expect_near(connection, generation)
        live = await _hold(connection, generation, group)
        await _come_up(connection, generation, live)
        aside = await _hold(connection, generation, generation.aside)
        _refuse(generation, live, aside)
        yield connection, generation


async def expect_near(connection: Driver, generation: Generation) -> None:
    """Raise Apart if the one aside has so far to go that nobody should wait for it."""
    live = await offsets(connection, generation.group)
    _refuse(generation, live, await offsets(connection, generation.aside), near=NEAR)


async def _come_up(connection: Driver, generation: Generation, live: dict[Place, int]) -> None:
    # Not by a timeout: it would cancel a statement, and with it the transaction.
    now = asyncio.get_running_loop().time
    started = moved = now()
    late = behind(live, await offsets(connection, generation.aside))
    while late and now() < min(started + PATIENCE_SECONDS, moved + _STILL_SECONDS):
        await asyncio.sleep(_POLL_SECONDS)
        before, late = late, behind(live, await offsets(connection, generation.aside))
        moved = moved if late == before else now()


async def _hold(connection: Driver, generation: Generation, group: str) -> dict[Place, int]:
    await connection.execute(_NAME, group, [generation.group, generation.aside])
    await connection.execute(_CLOSE, group)
    rows = await connection.fetch(_HOLD, group)
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def _refuse(
    generation: Generation, live: dict[Place, int], aside: dict[Place, int], near: int = 0
) -> None:
    apart = [
        {"topic": place[0], "partition": place[1], "live": live.get(place, 0), "aside": at}
        for place in sorted({*live, *aside})
        if (at := aside.get(place, 0)) != live.get(place, 0)
    ]
    late, ahead = behind(live, aside), behind(aside, live)
    if apart and (not near or late > near):
        raise Apart(
            f"{generation.aside} is {late} records behind and {ahead} ahead, on {len(apart)}"
            " partitions; does its process run?",
            behind=late,
            ahead=ahead,
            partitions=apart,
        )

"""Goes on with the sandbox's story, an event at a time, in one of the processes that consume."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import now
from chassis.database import Database, Driver
from chassis.pseudonyms import pseudonyms
from npp_contracts.ids import SANDBOX
from reporting.feeds.bell import BELL
from reporting.feeds.entry import Entry
from reporting.feeds.routing import invented
from reporting.feeds.sandbox.story import begins, told
from reporting.feeds.writer import place
from reporting.settings import sandbox_settings
from reporting.telemetry import FEED_POSITION

# An advisory lock, "npi", until the commit: who does not get it leaves the event to who has it.
_ALONE: Final = "SELECT pg_try_advisory_xact_lock(7237737)"
_STANDING: Final = """
SELECT position, clock_timestamp() - placed_at AS since FROM feeds WHERE force_id = $1
"""
_TIME: Final = "SELECT time FROM feed_events WHERE force_id = $1 AND position = $2"
_NEVER_YET: Final = (0, timedelta.max)


async def invent(database: Database, _brokers: str = "") -> None:
    """Go on at the pace of SANDBOX_PER_MINUTE until cancelled; at 0, wait for that."""
    per_minute = sandbox_settings().per_minute
    if not per_minute:
        await asyncio.Event().wait()
    pace = timedelta(minutes=1) / per_minute
    while True:
        rest = await go_on(database, pace)
        await asyncio.sleep(rest.total_seconds())


async def go_on(database: Database, pace: timedelta) -> timedelta:
    """Place the next event if the last one is as old as that; returns when to ask again.

    What has been told is in the feed and nowhere else, so a process that dies leaves nothing.
    """
    async with database.transaction() as within:
        connection = await within.open()
        if not await connection.fetchval(_ALONE):
            return pace
        position, since = await connection.fetchrow(_STANDING, SANDBOX) or _NEVER_YET
        if since < pace:
            return pace - max(since, timedelta())
        following = await _next(connection, position + 1)
        await place(connection, [following])
    FEED_POSITION.labels(SANDBOX).set(following.position)
    BELL.ring({SANDBOX: following.position})
    return pace


async def _next(connection: Driver, position: int) -> Entry:
    present = now()
    began: datetime | None = await connection.fetchval(_TIME, SANDBOX, begins(position))
    return invented(*told(position, present, began or present), pseudonyms())

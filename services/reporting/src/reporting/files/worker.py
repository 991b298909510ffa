"""Makes each feed's files of each day that is over, in every process that consumes."""

import asyncio
from datetime import date
from typing import Final

import structlog

from chassis.database import Database, is_passing
from reporting.files.making import make_day
from reporting.telemetry import FILES_WAITING

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 30.0
_AFTER_FAILURE_SECONDS: Final = 600.0
# The oldest first. Whether it is over by the feed's own lock is asked of each.
_DUE: Final = """
SELECT d.force_id, d.day FROM feed_days AS d
WHERE NOT d.purged AND d.day < (clock_timestamp() AT TIME ZONE 'UTC')::date
  AND NOT EXISTS (SELECT FROM feed_packages AS p WHERE p.force_id = d.force_id AND p.day = d.day)
ORDER BY d.day, d.force_id
"""

Resting = dict[tuple[str, date], float]
"""Days that could not be made, and until when they are let be, by the loop's time."""


async def make_files(database: Database, _brokers: str = "") -> None:
    """Make what is due until cancelled, from a database that shows every force."""
    resting: Resting = {}
    while True:
        await make_due(database, resting)
        await asyncio.sleep(POLL_SECONDS)


async def make_due(database: Database, resting: Resting) -> None:
    """Make every day that waits. Several processes share them: one that is locked is passed by.

    A day that can't be made rests, and holds up no other.
    """
    due = await _due(database)
    FILES_WAITING.set(len(due))
    for key in due:
        present = asyncio.get_running_loop().time()
        if resting.get(key, present) > present:
            continue
        try:
            await make_day(database, *key)
        except Exception as error:
            if is_passing(error) and not _is_of_the_disk(error):
                raise
            log.exception("files-not-made", feed=key[0], day=str(key[1]))
            resting[key] = present + _AFTER_FAILURE_SECONDS
    if due:
        FILES_WAITING.set(len(await _due(database)))


async def _due(database: Database) -> list[tuple[str, date]]:
    return [(row["force_id"], row["day"]) for row in await database.fetch(_DUE)]


def _is_of_the_disk(error: BaseException) -> bool:
    return isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError)

"""Retention: old documents go; ids, positions and chain stay, so that manifests still hold."""

from datetime import UTC, date, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import now
from reporting.settings import feed_settings

# Whole days, from the first: what is left of a feed is its end. No feed is locked for it. Not all
# at once: where retention is new, years may be due.
_PURGE: Final = text("""
WITH old AS (
    SELECT force_id, day FROM feed_days WHERE day < :before AND NOT purged
    ORDER BY day, force_id LIMIT :days
), due AS (
    UPDATE feed_days AS d SET purged = true FROM old
    WHERE d.force_id = old.force_id AND d.day = old.day AND NOT d.purged
    RETURNING d.force_id, d.first_position, d.last_position
), gone AS (
    UPDATE feed_events AS e SET document = NULL FROM due
    WHERE e.force_id = due.force_id
      AND e.position BETWEEN due.first_position AND due.last_position
    RETURNING 1
)
SELECT (SELECT count(*) FROM due) AS days, (SELECT count(*) FROM gone) AS events
""")
_DAYS: Final = 100


async def purge(connection: AsyncConnection, before: date, at_once: int = _DAYS) -> int:
    """Let go of what was placed before a day; returns how many events."""
    events = 0
    while True:
        done = (await connection.execute(_PURGE, {"before": before, "days": at_once})).one()
        if not done.days:
            return events
        events += done.events


async def purge_expired(connection: AsyncConnection) -> None:
    """The hourly chore: keep what FEED_KEEP_DAYS says, or everything."""
    keep = feed_settings().keep_days
    if keep is not None:
        await purge(connection, now().astimezone(UTC).date() - timedelta(days=keep))

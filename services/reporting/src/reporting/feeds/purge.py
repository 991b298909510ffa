"""Retention: old documents go; ids, positions and chain stay, so that manifests still hold."""

from datetime import UTC, date, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import now
from npp_contracts.ids import SANDBOX
from reporting.settings import feed_settings

# Whole days, from the first: what is left of a feed is its end. No feed is locked for it. Not all
# at once: where retention is new, years may be due.
_PURGE: Final = text("""
WITH old AS (
    SELECT force_id, day FROM feed_days
    WHERE day < :before AND NOT purged AND (CAST(:feed AS text) IS NULL OR force_id = :feed)
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
# What is invented goes when Kafka would let go of it, or it would grow for ever for nobody.
_SANDBOX_KEPT: Final = timedelta(days=30)


async def purge(
    connection: AsyncConnection, before: date, at_once: int = _DAYS, *, feed: str | None = None
) -> int:
    """Let go of what was placed before a day, in one feed or all; returns how many events."""
    events, asked = 0, {"before": before, "days": at_once, "feed": feed}
    while True:
        done = (await connection.execute(_PURGE, asked)).one()
        if not done.days:
            return events
        events += done.events


async def purge_expired(connection: AsyncConnection) -> None:
    """The hourly chore: keep what FEED_KEEP_DAYS says, or everything; of the sandbox, a month."""
    today, keep = now().astimezone(UTC).date(), feed_settings().keep_days
    await purge(connection, today - _SANDBOX_KEPT, feed=SANDBOX)
    if keep is not None:
        await purge(connection, today - timedelta(days=keep))

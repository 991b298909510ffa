"""Retention: old documents go; ids, positions and chain stay, so that manifests still hold."""

from datetime import UTC, date, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import now
from reporting.settings import feed_settings

# Whole days, from the first: what is left of a feed is its end. No feed is locked for it.
_PURGE: Final = text("""
WITH due AS (
    UPDATE feed_days SET purged = true WHERE day < :before AND NOT purged
    RETURNING force_id, first_position, last_position
)
UPDATE feed_events AS e SET document = NULL
FROM due WHERE e.force_id = due.force_id
  AND e.position BETWEEN due.first_position AND due.last_position
""")


async def purge(connection: AsyncConnection, before: date) -> int:
    """Let go of what was placed before a day; returns how many events."""
    return (await connection.execute(_PURGE, {"before": before})).rowcount


async def purge_expired(connection: AsyncConnection) -> None:
    """The hourly chore: keep what FEED_KEEP_DAYS says, or everything."""
    keep = feed_settings().keep_days
    if keep is not None:
        await purge(connection, now().astimezone(UTC).date() - timedelta(days=keep))

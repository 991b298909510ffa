"""Reading a feed: what comes after a position, where it ends, what each day held."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.feeds import chain

# One statement, so one snapshot: a purge in between would look like a gap. Materialized, or where
# it begins would be looked up again for each event.
_EVENTS: Final = text("""
WITH feed AS MATERIALIZED (
    SELECT f.force_id, f.position AS feed_end,
        (SELECT position FROM feed_events
         WHERE force_id = f.force_id AND event_id = CAST(:last AS uuid)) AS after,
        (SELECT coalesce(max(last_position), 0) FROM feed_days
         WHERE force_id = f.force_id AND purged) AS purged_to
    FROM feeds AS f WHERE f.force_id = :force
)
SELECT feed.feed_end, feed.after, feed.purged_to, e.position, e.event_id, e.document
FROM feed LEFT JOIN LATERAL (
    SELECT position, event_id, document FROM feed_events
    WHERE force_id = feed.force_id AND position > greatest(feed.after, feed.purged_to)
      AND (CAST(:last AS uuid) IS NULL OR feed.after >= feed.purged_to)
      AND (CAST(:types AS text[]) IS NULL OR type = ANY (CAST(:types AS text[])))
    ORDER BY position LIMIT :limit
) AS e ON true
ORDER BY e.position
""")
_ENDS: Final = text("SELECT force_id, position FROM feeds")
# Who writes to the feed holds this lock until the commit, and reads the clock under it: when we
# have had it, whatever is placed from now on is placed today.
_SETTLE: Final = text("SELECT 1 FROM feeds WHERE force_id = :force FOR KEY SHARE")
_TODAY: Final = text("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")
_DAYS: Final = text("""
SELECT day, first_position, last_position, chain_before, chain_after FROM feed_days
WHERE force_id = :force AND day <= :until ORDER BY day DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of a feed. after: the position that was asked for, None if it is not in this feed.

    end: the feed's last position. purged_to: up to there nothing can be read any more.
    """

    end: int = 0
    after: int | None = None
    purged_to: int = 0
    events: Sequence[tuple[int, UUID, str]] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """What was placed in a feed on one UTC day; positions are None when that was nothing."""

    day: date
    first_position: int | None
    last_position: int | None
    chain_before: str
    chain_after: str
    complete: bool

    @property
    def count(self) -> int:
        if self.first_position is None or self.last_position is None:
            return 0
        return self.last_position - self.first_position + 1


async def events_after(
    connection: AsyncConnection,
    force_id: str,
    last: UUID | None,
    types: Collection[str] | None,
    limit: int,
) -> Slice:
    """Events behind the one of that id, ascending; from the first that is kept without one."""
    asked = {
        "force": force_id,
        "last": last,
        "types": None if types is None else sorted(types),
        "limit": limit,
    }
    rows = (await connection.execute(_EVENTS, asked)).all()
    if not rows:
        return Slice()
    events = [(row.position, row.event_id, row.document) for row in rows if row.position]
    return Slice(rows[0].feed_end, rows[0].after, rows[0].purged_to, events)


async def ends(connection: AsyncConnection) -> dict[str, int]:
    """By feed in sight its last position."""
    return {row.force_id: row.position for row in await connection.execute(_ENDS)}


async def settle(connection: AsyncConnection, force_id: str) -> date:
    """Wait for who is writing to the feed now; days before the one returned are then closed.

    The transaction must end at once: it holds up the next writer.
    """
    await connection.execute(_SETTLE, {"force": force_id})
    today: date = (await connection.execute(_TODAY)).scalar_one()
    return today


async def days(connection: AsyncConnection, force_id: str, today: date, limit: int) -> list[Day]:
    """The days on which something was placed, latest first; today: what `settle` said."""
    asked = {"force": force_id, "until": date.max, "limit": limit}
    return [_day(row, today) for row in await connection.execute(_DAYS, asked)]


async def day_of(connection: AsyncConnection, force_id: str, day: date, today: date) -> Day:
    """One day, also when nothing was placed on it; today: what `settle` said."""
    row = (await connection.execute(_DAYS, {"force": force_id, "until": day, "limit": 1})).first()
    if row is not None and row.day == day:
        return _day(row, today)
    stood = chain.start(force_id) if row is None else row.chain_after
    return Day(day, None, None, stood, stood, complete=day < today)


def _day(row: Any, today: date) -> Day:
    return Day(
        row.day,
        row.first_position,
        row.last_position,
        row.chain_before,
        row.chain_after,
        row.day < today,
    )

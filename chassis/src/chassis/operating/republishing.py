"""Publishing events again: each as it was, with its id and sequence, in order per key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chassis.database import Driver
from chassis.errors import NotFound
from chassis.operating.audit import Operator, note
from chassis.outbox import shard_of

_AT_ONCE: Final = 10_000
# As a transaction that records events: it has an id before it draws a ticket.
_HAVE_ID: Final = "SELECT pg_current_xact_id()"
_CHOSEN: Final = """
SELECT l.id, l.position, l.recorded_at, l.aggregateid, o.position IS NOT NULL AS queued
FROM event_log AS l LEFT JOIN outbox AS o USING (recorded_at, position)
"""
_QUEUE: Final = """
INSERT INTO outbox (position, recorded_at, shard)
SELECT e.position, e.recorded_at, e.shard
FROM unnest($1::bigint[], $2::timestamptz[], $3::smallint[])
     WITH ORDINALITY AS e (position, recorded_at, shard, ordinal)
ORDER BY e.ordinal
"""


class NoSuchEvent(NotFound):
    title = "The event log has no such event"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which events of the log."""

    condition: str
    parameters: Sequence[Any]
    about: dict[str, Any]
    number: int | None = None


def by_ids(ids: Sequence[UUID]) -> Choice:
    """Events by their ids."""
    unique = sorted(set(ids))
    return Choice("l.id = ANY ($1)", [unique], {"ids": unique}, len(unique))


def by_key(key: str) -> Choice:
    """Every event of a key."""
    return Choice("l.aggregateid = $1", [key], {"key": key})


MISSING: Final = Choice(
    "EXISTS (SELECT FROM missing AS m WHERE m.recorded_at = l.recorded_at AND"
    " m.position = l.position)",
    [],
    {"missing": True},
    0,
)
"""Those that reconcile() has left in the connection's temporary table."""


async def republish(connection: Driver, chosen: Choice, operator: Operator) -> int:
    """Queue events again at the end, in the order they were recorded; returns how many.

    What is queued already stays where it is. To consumers they are duplicates, or the missing
    events that others of their keys wait for. Raises NoSuchEvent; then nothing has changed.
    connection: outside of any transaction.
    """
    sql = f"{_CHOSEN} WHERE {chosen.condition} ORDER BY l.position"
    found = queued = 0
    async with connection.transaction():
        await connection.execute(_HAVE_ID)
        cursor = await connection.cursor(sql, *chosen.parameters)
        while rows := await cursor.fetch(_AT_ONCE):
            found += len({row["id"] for row in rows})
            due = [row for row in rows if not row["queued"]]
            shards = [shard_of(row["aggregateid"]) for row in due]
            where = [[row[name] for row in due] for name in ("position", "recorded_at")]
            await connection.execute(_QUEUE, *where, shards)
            queued += len(due)
        if found < (1 if chosen.number is None else chosen.number):
            raise NoSuchEvent(f"{found} found", found=found)
        if queued:
            await note(
                connection, operator, "outbox republish", "outbox", queued=queued, **chosen.about
            )
    return queued
